/** A clear end for every way in which an endpoint fails, and none where the failure passes. */
import { describe, expect, test } from "bun:test";
import { openRemoteEmbedder } from "../../../src/embed/remote/open.ts";
import { EmbeddingServer, error } from "../../support/embedding-server.ts";
import { eachWithEmptyCache, FakeClock, failed, good, opened, rows, TEXTS, unit } from "../../support/endpoint.ts";

eachWithEmptyCache();

describe("a failure that passes", () => {
  test.each([408, 429, 500, 502, 503])("of status %d is waited out", async (status) => {
    const { result, clock, server } = await good((_, nth) => (nth < 4 ? () => error(status, "later") : undefined));
    expect(rows(result)).toEqual(TEXTS.map((text) => unit(text)));
    expect(server.requests).toHaveLength(4);
    // Twice as long each time, between half and the whole of it.
    expect(clock.pauses).toHaveLength(2);
    expect(clock.pauses[0]).toBeWithin(250, 501);
    expect(clock.pauses[1]).toBeWithin(500, 1001);
  });

  test("is waited out for the same times in every run of the same process", async () => {
    const fault = (_: unknown, nth: number) => (nth < 5 ? () => error(500, "later") : undefined);
    const [one, other] = [await good(fault), await good(fault)];
    expect(one.clock.pauses).toEqual(other.clock.pauses);
  });

  test.each([
    ["retry-after", "7", 7000],
    ["retry-after-ms", "4500", 4500],
  ])("that says %s is given that time", async (header, value, ms) => {
    const { clock } = await good((_, nth) => (nth === 2 ? () => error(429, "slow", { [header]: value }) : undefined));
    expect(clock.pauses).toEqual([ms]);
  });

  test("that asks for too long a pause ends the run", async () => {
    const { error: thrown } = await failed(() => () => error(429, "slow", { "retry-after": "3600" }));
    expect(thrown).toMatchObject({
      code: "endpoint-unreachable",
      message: "the endpoint could not be had and asks to wait 3600 s: HTTP 429: slow",
    });
  });

  test("that does not pass ends the run after six attempts", async () => {
    const { error: thrown, clock } = await failed(() => () => error(503, "the model is loading"));
    expect(thrown).toMatchObject({
      code: "endpoint-unreachable",
      message: "the endpoint could not be had 6 times: HTTP 503: the model is loading",
    });
    expect(clock.pauses).toHaveLength(5);
  });

  test("is a connection that is cut within the answer", async () => {
    let connections = 0;
    const whole = JSON.stringify({ data: [{ index: 0, embedding: [1, 1] }] });
    using server = Bun.listen<{ text: string }>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open(socket) {
          socket.data = { text: "" };
        },
        data(socket, part) {
          socket.data.text += part;
          // A request may come in parts.
          if (!socket.data.text.endsWith("}")) return;
          const body = connections++ === 2 ? whole.slice(0, 20) : whole;
          socket.write(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${whole.length}\r\n\r\n${body}`);
          socket.end();
        },
      },
    });
    const clock = new FakeClock();
    using embedder = await openRemoteEmbedder({ model: `http://127.0.0.1:${server.port}#cut` }, { clock });
    const { vectors } = await embedder.embed(["red"], "query");
    expect([...vectors]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]);
    expect(connections).toBe(2);
    await embedder.embed(["blue"], "query");
    expect({ connections, pauses: clock.pauses.length }).toEqual({ connections: 4, pauses: 1 });
  });

  test("is an answer that does not come in time", async () => {
    const never = () => () => new Promise<Response>(() => {});
    const { error: thrown } = await failed(never, { requestTimeoutMs: 30 });
    expect(thrown.message).toBe("the endpoint could not be had 6 times: no answer for 0.03 s");
  });

  test("is an answer that begins in time and does not end", async () => {
    const endless = () => () =>
      new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) }));
    const { error: thrown } = await failed(endless, { requestTimeoutMs: 30 });
    expect(thrown.message).toBe("the endpoint could not be had 6 times: no answer for 0.03 s");
  });

  test("is an answer that is not JSON", async () => {
    const { error: thrown } = await failed(() => () => new Response("<html>busy</html>"));
    expect(thrown.message).toBe("the endpoint could not be had 6 times: its answer is not valid JSON");
  });

  test("is a server that is not there", async () => {
    const server = new EmbeddingServer();
    using embedder = await opened(server);
    server[Symbol.dispose]();
    await expect(embedder.embed(["red"], "query")).rejects.toMatchObject({ code: "endpoint-unreachable" });
  });
});

describe("a failure that lasts", () => {
  test.each([
    [401, "endpoint-key", "the endpoint does not accept the key (HTTP 401)"],
    [403, "endpoint-forbidden", "the endpoint does not allow this (HTTP 403): no access for …"],
    [404, "endpoint-not-found", 'the endpoint has no such address or no model "words" (HTTP 404): no access for …'],
    [418, "endpoint-answer", "the endpoint cannot be used: HTTP 418: no access for …"],
  ])("of status %d ends the run at once, without the key in its words", async (status, code, message) => {
    const fault = () => () => error(status, "no access for sk-very-secret");
    const { error: thrown, server } = await failed(fault, { keyFrom: "KEY" });
    expect(thrown).toMatchObject({ code, message });
    expect(JSON.stringify([thrown, thrown.message, thrown.hint, thrown.stack])).not.toContain("secret");
    expect(server.requests).toHaveLength(2);
  });

  test("is a quota that is used up", async () => {
    const { error: thrown, server } = await failed(() => () => error(429, "You exceeded it", {}, "insufficient_quota"));
    expect(thrown).toMatchObject({ code: "endpoint-quota" });
    expect(server.requests).toHaveLength(2);
  });

  test("is an endpoint that sends elsewhere, where nothing is sent", async () => {
    using elsewhere = new EmbeddingServer();
    const { error: thrown } = await failed(() => () => Response.redirect(`${elsewhere.base}/embeddings`, 307));
    expect(thrown.message).toContain("it sends elsewhere (HTTP 307)");
    expect(elsewhere.requests).toHaveLength(0);
  });

  test.each<[string, (data: { index?: unknown; embedding: unknown }[]) => unknown, string]>([
    ["too few vectors", (data) => ({ data: data.slice(1) }), "it gave 4 vectors for 5 texts"],
    ["an index twice", (data) => ({ data: data.map((d) => ({ ...d, index: 1 })) }), "two vectors the index 1"],
    ["an index that is none", (data) => ({ data: data.map((d) => ({ ...d, index: 5 })) }), "the index 5 among 5"],
    ["no vectors", () => ({ ok: true }), 'its answer has no list "data"'],
    ["null", () => null, 'its answer has no list "data"'],
    [
      "another kind",
      (data) => ({ data: data.map((d) => ({ ...d, embedding: { a: 1 } })) }),
      "neither a list of numbers",
    ],
    ["half a number", (data) => ({ data: data.map((d) => ({ ...d, embedding: "AAAA" })) }), "base64 of float32"],
    [
      "different lengths",
      (data) => ({ data: data.map((d, i) => ({ ...d, embedding: Array(i + 1).fill(1) })) }),
      "1 and 2",
    ],
    ["another length", (data) => ({ data: data.map((d) => ({ ...d, embedding: [1, 2] })) }), "2 numbers now"],
  ])("is an answer with %s", async (_, change, message) => {
    const { error: thrown } = await failed(
      () =>
        (__, { data }) =>
          Response.json(change(data)),
    );
    expect(thrown.message).toContain(message);
  });

  test("of one request ends the others", async () => {
    // The first is refused as soon as the second is there, which would never be answered.
    const second = Promise.withResolvers<void>();
    const fault = (_: unknown, nth: number) => async () => {
      if (nth > 2) {
        second.resolve();
        return new Promise<Response>(() => {});
      }
      await second.promise;
      return error(403, "no");
    };
    const { error: thrown, server } = await failed(fault, { requestTexts: 1, parallelRequests: 2 });
    expect(thrown).toMatchObject({ code: "endpoint-forbidden" });
    expect(server.requests).toHaveLength(3);
  });

  test("of an interrupted run is the interruption", async () => {
    using server = new EmbeddingServer({
      fault: (_, nth) => (nth === 1 ? undefined : () => new Promise<Response>(() => {})),
    });
    using embedder = await opened(server);
    const stop = new AbortController();
    const running = embedder.embed(TEXTS, "document", { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("texts that an endpoint refuses", () => {
  const bad = (asked: { input: string[] }) => asked.input.some((text) => text.includes("zwei"));

  test.each([400, 422])("with status %d are found among the others, and named", async (status) => {
    const { result } = await good((asked) => (bad(asked) ? () => error(status, "I do not speak German") : undefined));
    expect([...result.refused!]).toEqual([[2, `HTTP ${status}: I do not speak German`]]);
    expect(rows(result)).toEqual(TEXTS.map((text, i) => (i === 2 ? Array(32).fill(0) : unit(text))));
  });

  test("as too many at once go in smaller requests from then on", async () => {
    const fault = (asked: { input: string[] }) => (asked.input.length > 2 ? () => error(413, "too large") : undefined);
    const texts = [...TEXTS, ...TEXTS, ...TEXTS, ...TEXTS];
    const { result, server } = await good(fault, { requestTexts: 8, parallelRequests: 1 }, texts);
    expect(result.refused).toBeUndefined();
    expect(rows(result)).toEqual(texts.map((text) => unit(text)));
    const sizes = server.requests.map(({ asked }) => asked.input.length);
    expect(sizes.filter((size) => size > 2)).toEqual([8, 4]);
  });

  test("by a vector that is no vector are named", async () => {
    const spoiled = [Array(32).fill(null), Array(32).fill(0)];
    const { result } = await good(
      () =>
        (_, { data }) =>
          Response.json({ data: data.map((d, i) => (i < 2 ? { ...d, embedding: spoiled[i] } : d)) }),
    );
    expect([...result.refused!.keys()]).toEqual([0, 1]);
    expect(rows(result).slice(2)).toEqual(TEXTS.slice(2).map((text) => unit(text)));
  });

  test("all of them, whatever they are, are a failure of the request", async () => {
    using server = new EmbeddingServer({ fault: () => () => error(400, "there is no model of this kind") });
    await expect(opened(server)).rejects.toMatchObject({
      code: "endpoint-refused",
      message: "the endpoint refuses every text: HTTP 400: there is no model of this kind",
    });
  });

  test("end a search, which has no other", async () => {
    using server = new EmbeddingServer({ fault: (asked) => (bad(asked) ? () => error(400, "no German") : undefined) });
    using embedder = await opened(server);
    await expect(embedder.embed(["ein zwei"], "query")).rejects.toThrow("the query was refused: HTTP 400: no German");
  });
});
