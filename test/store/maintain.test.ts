/** Indices that stay complete: after a delta, over an emptied table, beside tags, above the exact threshold. */
import { describe, expect, test } from "bun:test";
import type { ChunkRecord } from "../../src/core/record.ts";
import { buildColumnIndex } from "../../src/store/indices.ts";
import { type LanceDB, lancedb } from "../../src/store/lancedb.ts";
import document from "../../src/store/mappers/document.ts";
import { TABLE } from "../../src/store/schema.ts";
import { openStore, type Store, type StoreSettings } from "../../src/store/store.ts";
import { DIMENSION, description, random, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const open = (dir: string, values: Partial<StoreSettings> = {}) =>
  openStore({ dir, settings: settings(values), embedder: description() });

function put(store: Store, records: readonly ChunkRecord[], seed = 1) {
  return store.commit(records, unitVectors(records.length, { seed }), [...new Set(records.map(({ doc }) => doc))]);
}

/** Records of random words, of which frequent ones are shared by many. */
function passages(count: number, prefix: string, seed = 1): ChunkRecord[] {
  const next = random(seed);
  const word = () => `word${Math.floor(next() ** 2 * 300)}`;
  return Array.from({ length: count }, (_, i) =>
    record(`${prefix}${i}.md`, Array.from({ length: 20 }, word).join(" ")),
  );
}

const rawTable = async (dir: string): Promise<LanceDB.Table> => (await lancedb().connect(dir)).openTable(TABLE);

const coverage = async (store: Store) => {
  const { rows, indices } = await store.status();
  return { rows, incomplete: indices.filter((index) => index.indexedRows !== rows || index.unindexedRows !== 0) };
};

/** Score by id of every row with one of the words. */
async function scores(store: Store, query: string): Promise<Map<string, number>> {
  const found = await (await store.snapshot())!.textSearch({ query, limit: 10_000 });
  return new Map(found.map(({ id, score }) => [id, score]));
}

describe("after a delta", () => {
  test("words are found at once, and are scored like the rest once the tail is folded", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    await put(store, passages(400, "a"));
    await store.maintain(true);
    await put(store, [record("new.md", "word7 unheard")]);
    expect((await coverage(store)).incomplete.length).toBeGreaterThan(0);
    expect((await scores(store, "unheard")).size).toBe(1);

    expect(await store.maintain(true)).toMatchObject({ folded: true, problems: [] });
    expect((await coverage(store)).incomplete).toEqual([]);

    using fresh = temporaryFolder();
    await using rebuilt = await open(fresh.path);
    await put(rebuilt, [...passages(400, "a"), record("new.md", "word7 unheard")]);
    await rebuilt.maintain(true);
    for (const query of ["unheard", "word7", "word1 word250"]) {
      const expected = await scores(rebuilt, query);
      const actual = await scores(store, query);
      expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [id, score] of expected) expect(actual.get(id)).toBeCloseTo(score, 2);
    }
  });

  test("a filter holds for rows outside the indices too, in both legs", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    await put(store, passages(50, "a"));
    await store.maintain(true);
    await put(store, [record("b.md", "word0 word1", { lang: "fr" }), record("c.md", "word0 word1")]);
    expect((await coverage(store)).incomplete.length).toBeGreaterThan(0);
    const view = (await store.snapshot())!;
    const french = record("b.md", "word0 word1").id;
    const query = { limit: 100, filter: "lang = 'fr'" };
    expect((await view.textSearch({ query: "word0", ...query })).map(({ id }) => id)).toEqual([french]);
    expect((await view.vectorSearch({ vector: unitVectors(1), ...query })).map(({ id }) => id)).toEqual([french]);
  });

  test("a tail of 1 % or of `foldRows` is folded, a smaller one is left", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    await put(store, passages(1000, "a"));
    await store.maintain();
    expect((await coverage(store)).incomplete).toEqual([]);
    await put(store, passages(5, "b"));
    expect((await store.maintain()).folded).toBe(false);
    await put(store, passages(10, "c"));
    expect((await store.maintain()).folded).toBe(true);
    expect((await coverage(store)).incomplete).toEqual([]);
  });

  test("a table whose writer was killed before its full-text indices were made is found by its words", async () => {
    using folder = temporaryFolder();
    {
      await using store = await open(folder.path);
      await put(store, passages(20, "a"));
    }
    const table = await rawTable(folder.path);
    for (const { name } of await table.listIndices()) await table.dropIndex(name);
    await using store = await open(folder.path);
    expect((await scores(store, "word0 word1 word2")).size).toBeGreaterThan(0);
  });

  test("many small commits are joined", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    for (let i = 0; i < 20; i++) await put(store, passages(3, `commit${i}-`, i));
    await store.maintain();
    const table = await rawTable(folder.path);
    expect((await table.stats()).fragmentStats.numFragments).toBe(1);
  });

  test("every hit of a query equals a search by hand, through rounds of change", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const kept = new Map<string, ChunkRecord>();
    for (let round = 0; round < 8; round++) {
      const added = passages(60, `r${round}-`, round);
      await put(store, added, round);
      for (const one of added) kept.set(one.id, one);
      const gone = [...kept.values()].filter((_, i) => i % 7 === round % 7);
      await store.deleteDocs(gone.map(({ doc }) => doc));
      for (const { id } of gone) kept.delete(id);
      expect((await store.maintain(round % 2 === 0)).problems).toEqual([]);
      for (const query of ["word0", "word3 word150", "word299"]) {
        const words = new Set(query.split(" "));
        const byHand = [...kept.values()].filter(({ text }) => text.split(" ").some((word) => words.has(word)));
        expect([...(await scores(store, query)).keys()].sort()).toEqual(byHand.map(({ id }) => id).sort());
      }
    }
  });
});

describe("the best hits", () => {
  test("are the same for few candidates as for many: LanceDB's pruned search loses some in a folded index", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const next = random(1);
    const word = () => `word${Math.floor(next() ** 3 * 300)}`;
    for (let round = 0; round < 3; round++) {
      const texts = Array.from({ length: 1000 }, () =>
        Array.from({ length: 10 + Math.floor(next() * 60) }, word).join(" "),
      );
      await put(
        store,
        texts.map((text, i) => record(`${round}-${i}.md`, text)),
      );
      await store.maintain(true);
    }
    const view = (await store.snapshot())!;
    for (let i = 0; i < 60; i++) {
      const query = `${word()} ${word()} ${word()}`;
      const best = async (limit: number) =>
        (await view.textSearch({ query, limit })).slice(0, 10).map(({ score }) => score);
      expect(await best(10)).toEqual(await best(3000));
    }
  });
});

describe("an index over zero rows", () => {
  test("is built anew when there are rows, so that scores are those of a fresh table", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    await put(store, passages(50, "old"));
    await store.maintain(true);
    await store.deleteDocs(passages(50, "old").map(({ doc }) => doc));
    await store.maintain(true);
    const table = await rawTable(folder.path);
    await buildColumnIndex(table, document, "text");
    expect((await store.status()).rows).toBe(0);

    await put(store, passages(300, "new"));
    expect((await store.maintain()).built).toContain("text");
    expect((await coverage(store)).incomplete).toEqual([]);

    using fresh = temporaryFolder();
    await using other = await open(fresh.path);
    await put(other, passages(300, "new"));
    await other.maintain(true);
    expect(await scores(store, "word1 word200")).toEqual(await scores(other, "word1 word200"));
  });

  test("is not made: maintaining an empty table builds nothing", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    await put(store, passages(1, "a"));
    const table = await rawTable(folder.path);
    for (const { name } of await table.listIndices()) await table.dropIndex(name);
    await store.deleteDocs(["a0.md"]);
    expect(await store.maintain(true)).toMatchObject({ built: [], problems: [] });
    expect((await store.status()).indices).toEqual([]);
  });
});

describe("tags", () => {
  test("do not keep the indices from being folded, and their versions stay", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    await put(store, passages(200, "a"));
    await store.maintain(true);
    const table = await rawTable(folder.path);
    const tagged = await table.version();
    await (await table.tags()).create("keep", tagged);
    await put(store, passages(200, "b"));
    expect(await store.maintain(true)).toMatchObject({ folded: true, problems: [] });
    expect((await coverage(store)).incomplete).toEqual([]);
    await table.checkout("keep");
    expect(await table.countRows()).toBe(200);
  });

  test("are why the indices are folded apart from pruning: LanceDB refuses to prune past one", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    await put(store, passages(20, "a"));
    const table = await rawTable(folder.path);
    await (await table.tags()).create("keep", await table.version());
    await put(store, passages(20, "b"));
    await table.checkoutLatest();
    await expect(table.optimize({ cleanupOlderThan: new Date() })).rejects.toThrow(/tag/i);
  });
});

describe("above the exact threshold", () => {
  const ROWS = 3000;
  const limit = 100;

  test("vectors are searched by an index that rescores, and recall@10 is at least 0.99", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path, { exactRows: 1000 });
    const records = Array.from({ length: ROWS }, (_, i) => record(`${i}.md`, `text ${i}`));
    const vectors = unitVectors(ROWS);
    const docs = records.map(({ doc }) => doc);
    const half = ROWS / 2;
    await store.commit(records.slice(0, half), vectors.subarray(0, half * DIMENSION), docs.slice(0, half));
    expect((await store.maintain()).built).toContain("vector");
    await store.commit(records.slice(half), vectors.subarray(half * DIMENSION), docs.slice(half));
    await store.maintain(true);
    expect((await store.status()).vectorSearch).toBe("indexed");
    expect((await coverage(store)).incomplete).toEqual([]);

    await using exactly = await open(folder.path, { exactRows: ROWS });
    const indexed = (await store.snapshot())!;
    const exact = (await exactly.snapshot())!;
    const queries = unitVectors(100, { seed: 1, clusters: ROWS / 20 });
    const plan = await indexed.explain({ vector: queries.slice(0, DIMENSION), limit });
    expect(plan).toContain("ANNSubIndex");
    expect(plan).toContain("minimum_nprobes=100");
    expect(await exact.explain({ vector: queries.slice(0, DIMENSION), limit })).not.toContain("ANNSubIndex");

    let hits = 0;
    for (let row = 0; row < 100; row++) {
      const vector = queries.slice(row * DIMENSION, (row + 1) * DIMENSION);
      const nearest = new Set((await exact.vectorSearch({ vector, limit })).slice(0, 10).map(({ id }) => id));
      hits += (await indexed.vectorSearch({ vector, limit })).slice(0, 10).filter(({ id }) => nearest.has(id)).length;
    }
    expect(hits / 1000).toBeGreaterThanOrEqual(0.99);
  });

  test("scores are the exact cosine, not that of the compressed vectors", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path, { exactRows: 100 });
    const vectors = unitVectors(500);
    const records = Array.from({ length: 500 }, (_, i) => record(`${i}.md`, `text ${i}`));
    await store.commit(
      records,
      vectors,
      records.map(({ doc }) => doc),
    );
    await store.maintain();
    const vector = unitVectors(1, { seed: 9 });
    const found = await (await store.snapshot())!.vectorSearch({ vector, limit: 20 });
    const row = new Map(records.map(({ id }, index) => [id, index]));
    for (const { id, score } of found) {
      let dot = 0;
      for (let i = 0; i < DIMENSION; i++) dot += vector[i]! * vectors[row.get(id)! * DIMENSION + i]!;
      expect(score).toBeCloseTo(dot, 5);
    }
  });

  test("a query by another distance would scan everything", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path, { exactRows: 100 });
    await put(store, passages(500, "a"));
    await store.maintain();
    const query = (await rawTable(folder.path)).query().nearestTo(unitVectors(1)).column("vector");
    expect(await query.distanceType("cosine").explainPlan()).toContain("ANNSubIndex");
    expect(await query.distanceType("l2").explainPlan()).not.toContain("ANNSubIndex");
  });

  test("vectors of a length that the index does not take are searched exactly", async () => {
    using folder = temporaryFolder();
    const embedder = description(12);
    await using store = await openStore({ dir: folder.path, settings: settings({ exactRows: 10 }), embedder });
    const records = passages(100, "a");
    await store.commit(
      records,
      unitVectors(100, { dimension: 12 }),
      records.map(({ doc }) => doc),
    );
    expect((await store.maintain()).problems).toEqual([]);
    expect((await store.status()).vectorSearch).toBe("exact");
  });
});
