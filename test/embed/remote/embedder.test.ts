/** A model at an endpoint, asked for real: what it is sent, and each vector in its row. */
import { describe, expect, test } from "bun:test";
import { NAMED_BY } from "../../../src/embed/config.ts";
import { EmbeddingServer, error } from "../../support/embedding-server.ts";
import { type EndpointSettings, eachWithEmptyCache, good, opened, rows, TEXTS, unit } from "../../support/endpoint.ts";

eachWithEmptyCache();

describe("a model at an endpoint", () => {
  test("gives each text's vector in its row, of length 1", async () => {
    const { result, server } = await good(undefined, { requestTexts: 2 });
    expect(rows(result)).toEqual(TEXTS.map((text) => unit(text)));
    const [probe, ...others] = server.requests.map(({ asked }) => asked.input);
    expect(probe).toEqual(["a"]);
    // They are under way at once and come in any order.
    expect(others.sort((a, b) => TEXTS.indexOf(a[0]!) - TEXTS.indexOf(b[0]!))).toEqual([
      TEXTS.slice(0, 2),
      TEXTS.slice(2, 4),
      TEXTS.slice(4),
    ]);
    expect(server.requests.every(({ asked }) => asked.model === "words" && asked.encoding_format === "base64")).toBe(
      true,
    );
    expect(result.tokens).toBe(15);
  });

  test("has the address, the name and the length in its fingerprint, and no key", async () => {
    using one = new EmbeddingServer();
    using other = new EmbeddingServer();
    const fingerprint = async (settings: Partial<EndpointSettings>) => {
      using embedder = await opened(one, settings);
      return embedder.description.fingerprint;
    };
    const prints = await Promise.all([
      fingerprint({}),
      fingerprint({ model: other.address }),
      fingerprint({ model: `${one.base}#others` }),
      fingerprint({ dim: 16 }),
      fingerprint({ queryPrefix: "query: " }),
    ]);
    expect(new Set(prints).size).toBe(5);
    expect(await fingerprint({ keyFrom: "KEY", requestTexts: 3, tokensPerMinute: 1000 })).toBe(prints[0]);
    expect(await fingerprint({ model: `${one.base}/embeddings#words` })).toBe(prints[0]);
  });

  test("is asked for the length of its vectors once, by whatever process", async () => {
    using server = new EmbeddingServer({ dimension: 48 });
    using first = await opened(server);
    using second = await opened(server);
    expect([first.description.dimension, second.description.dimension]).toEqual([48, 48]);
    expect(server.requests).toHaveLength(1);
  });

  test("is asked for shorter vectors with --dim, and refused when it does not give them", async () => {
    using server = new EmbeddingServer();
    using embedder = await opened(server, { dim: 8 });
    expect((await embedder.embed(["red"], "query")).vectors).toHaveLength(8);
    expect(server.requests.map(({ asked }) => asked.dimensions)).toEqual([8, 8]);
    using stubborn = new EmbeddingServer({
      fault: () => (_, answer) =>
        Response.json({ data: [{ index: 0, embedding: Array(32).fill(1) }], answer: !answer }),
    });
    await expect(opened(stubborn, { dim: 8 })).rejects.toThrow("the endpoint gave 32 numbers where 8 were asked");
  });

  test("puts the prefixes before queries and documents, and cuts what is over its limit", async () => {
    using server = new EmbeddingServer();
    using embedder = await opened(server, { queryPrefix: "query: ", documentPrefix: "passage: ", inputTokens: 5 });
    await embedder.embed(["red"], "query");
    const { truncated } = await embedder.embed(["red", "one two three four five six"], "document");
    expect(server.texts).toEqual(["query: red", "passage: red", "passage: one two three "]);
    expect([...truncated]).toEqual([0, 1]);
  });

  test("sends lone surrogates as what UTF-8 has for them", async () => {
    const { server } = await good(undefined, {}, ["half \ud800 of one"]);
    expect(server.texts).toEqual(["half \ufffd of one"]);
  });

  test("never has more requests under way than it may", async () => {
    // Each of the ten waits for the one beside it, and then leaves time for one too many.
    let come = 0;
    const pair = [Promise.withResolvers<void>()];
    const slow = () => async (): Promise<Response> => {
      const mine = pair.at(-1)!;
      if (++come % 2 === 0) {
        mine.resolve();
        pair.push(Promise.withResolvers<void>());
      }
      await mine.promise;
      await Bun.sleep(20);
      return undefined as unknown as Response;
    };
    const { server } = await good(slow, { requestTexts: 1, parallelRequests: 2 }, [...TEXTS, ...TEXTS]);
    expect(server.parallel).toBe(2);
  });

  test("sends the key of the variable that the settings name, and nothing without one", async () => {
    using server = new EmbeddingServer({ key: "sk-very-secret" });
    using embedder = await opened(server, { keyFrom: "KEY" });
    await embedder.embed(["red"], "query");
    await expect(opened(server, { model: `${server.base}#w2` })).rejects.toThrow("asks for a key (HTTP 401)");
    await expect(opened(server, { keyFrom: "NO_KEY" })).rejects.toThrow("the variable NO_KEY");
  });

  test("takes vectors by their index, in whatever order they come", async () => {
    const { result } = await good(
      () =>
        (_, { data }) =>
          Response.json({ data: data.toReversed() }),
    );
    expect(rows(result)).toEqual(TEXTS.map((text) => unit(text)));
  });

  test("takes lists of numbers where a server does not know base64", async () => {
    using server = new EmbeddingServer({
      fault: (asked) => (asked.encoding_format ? () => error(400, "encoding_format is not supported") : undefined),
    });
    using embedder = await opened(server);
    expect(rows(await embedder.embed(TEXTS, "document"))).toEqual(TEXTS.map((text) => unit(text)));
    using again = await opened(server);
    await again.embed(["red"], "query");
    // One refusal in all: the next process knows.
    expect(server.requests.filter(({ asked }) => asked.encoding_format).length).toBe(1);
  });

  test("learns that base64 is refused also where it knew the length already", async () => {
    let old = false;
    using server = new EmbeddingServer({
      fault: (asked) => (old && asked.encoding_format ? () => error(422, "extra field") : undefined),
    });
    using first = await opened(server);
    old = true;
    using embedder = await opened(server);
    expect(rows(await embedder.embed(TEXTS, "document"))).toEqual(TEXTS.map((text) => unit(text)));
    expect(first.description).toEqual(embedder.description);
  });

  test("is not asked when the project's file named it and the user has not allowed that", async () => {
    using server = new EmbeddingServer();
    const named = { place: "mdp.yaml:2", trusted: false };
    await expect(opened(server, { keyFrom: "KEY", [NAMED_BY]: named })).rejects.toMatchObject({
      code: "not-trusted",
      where: "mdp.yaml:2",
      message: `mdp.yaml has texts sent to ${server.base} with the key in KEY, which is not trusted on this machine`,
    });
    expect(server.requests).toHaveLength(0);
    using embedder = await opened(server, { [NAMED_BY]: { ...named, trusted: true } });
    expect(embedder.description.dimension).toBe(32);
  });
});
