/** The two legs of a search at once: words are looked for while the query is embedded. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as v from "valibot";
import { SearchSettings } from "../../src/search/config.ts";
import { type QueryEmbedder, search } from "../../src/search/search.ts";
import type { TextQuery, VectorQuery } from "../../src/store/snapshot.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { DIMENSION, description, record, settings, temporaryFolder, unitVectors } from "../store/rows.ts";

const RECORDS = ["dogs sleep dogs eat", "lazy dogs", "harbour crane"].map((text, i) => record(`${i}.md`, text));
const VECTORS = unitVectors(RECORDS.length, { clusters: RECORDS.length });

/** Embeds any query as the stored vector of the first row. */
const embedder: QueryEmbedder = {
  description: description(),
  embed: async () => {
    const vectors = VECTORS.slice(0, DIMENSION);
    return { vectors, count: 1, dimension: DIMENSION, tokens: 3, truncated: new Uint8Array(1) };
  },
};

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;

beforeAll(async () => {
  folder = temporaryFolder();
  store = await openStore({ dir: folder.path, settings: settings(), embedder: description() });
  await store.commit(
    RECORDS,
    VECTORS,
    RECORDS.map(({ doc }) => doc),
  );
});

afterAll(async () => {
  await store[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("the words of a hybrid search", () => {
  /** The store, and what happens in which order. */
  function recording() {
    const seen: string[] = [];
    const snapshot = async () => {
      const view = (await store.snapshot())!;
      const startTextSearch = (query: TextQuery) => {
        const started = view.startTextSearch(query);
        return { ...started, underWay: started.underWay.then(() => void seen.push("words under way")) };
      };
      const vectorSearch = (query: VectorQuery) => {
        seen.push("vector");
        return view.vectorSearch(query);
      };
      return {
        rows: view.rows,
        startTextSearch,
        vectorSearch,
        records: view.records.bind(view),
      };
    };
    const embed: QueryEmbedder["embed"] = async (texts, kind) => {
      seen.push("embedding");
      return embedder.embed(texts, kind);
    };
    return { seen, store: { snapshot } as unknown as Store, embedder: { ...embedder, embed } };
  }

  test("are on LanceDB's threads before the query is embedded", async () => {
    const { seen, store: recorded, embedder: embedding } = recording();
    const request = { query: "dogs", settings: v.parse(SearchSettings, {}) };
    expect(await search(recorded, embedding, request)).toEqual(await search(store, embedder, request));
    expect(seen).toEqual(["words under way", "embedding", "vector"]);
  });

  test("are not looked for by vector alone, and need no embedding alone", async () => {
    for (const [mode, steps] of [
      ["vector", ["embedding", "vector"]],
      ["text", ["words under way"]],
    ] as const) {
      const { seen, store: recorded, embedder: embedding } = recording();
      await search(recorded, embedding, { query: "dogs", settings: v.parse(SearchSettings, { mode }) });
      expect(seen).toEqual([...steps]);
    }
  });

  test("come with what was looked into where that is asked for", async () => {
    const view = (await store.snapshot())!;
    const query = { query: "crane", limit: 10 };
    expect(await view.textSearch({ ...query, passages: true })).toEqual([
      { ...(await view.textSearch(query))[0]!, passage: "harbour crane\n\n2 md" },
    ]);
    expect((await view.textSearch(query))[0]).not.toHaveProperty("passage");
  });

  test("leave the embedder's error as it is, and a table that can be closed", async () => {
    using other = temporaryFolder();
    const table = await openStore({ dir: other.path, settings: settings(), embedder: description() });
    await table.commit(RECORDS.slice(0, 1), VECTORS.slice(0, DIMENSION), [RECORDS[0]!.doc]);
    const failing: QueryEmbedder = {
      description: description(),
      embed: async () => {
        throw new Error("no endpoint");
      },
    };
    for (const filter of [undefined, "langg = 'en'", " "]) {
      const request = { query: "dogs", settings: v.parse(SearchSettings, filter === undefined ? {} : { filter }) };
      await expect(search(table, failing, request)).rejects.toThrow("no endpoint");
    }
    await table[Symbol.asyncDispose]();
  });

  test("are under way also when they fail, with an error that nobody has to wait for", async () => {
    const view = (await store.snapshot())!;
    for (const filter of ["langg = 'en'", " "]) {
      const { underWay, found } = view.startTextSearch({ query: "dogs", limit: 10, filter });
      await underWay;
      await Bun.sleep(0);
      await expect(found).rejects.toMatchObject({ name: "UsageError" });
    }
  });
});
