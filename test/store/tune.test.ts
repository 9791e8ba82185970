/** Measuring ways to search: the truth, the choice, and what a saved choice does to a table. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import document from "../../src/store/mappers/document.ts";
import { TABLE } from "../../src/store/schema.ts";
import { openStore, type StoreSettings } from "../../src/store/store.ts";
import { TableIndices } from "../../src/store/table-indices.ts";
import { cheapest, type Trial, tuneVectors } from "../../src/store/tune.ts";
import { indexType } from "../../src/store/tuning.ts";
import { description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const DIMENSION = 32;
const ROWS = 2000;
const records = Array.from({ length: ROWS }, (_, i) => record(`${i}.md`, `passage ${i}`));
const docs = records.map(({ doc }) => doc);
const vectors = unitVectors(ROWS, { dimension: DIMENSION });
const rowOf = (row: number) => vectors.slice(row * DIMENSION, (row + 1) * DIMENSION);

async function filled(dir: string, values: Partial<StoreSettings> = {}) {
  const store = await openStore({ dir, settings: settings(values), embedder: description(DIMENSION) });
  await store.commit(records, vectors, docs);
  return store;
}

const open = (dir: string, values: Partial<StoreSettings> = {}) =>
  TableIndices.open({ dir, table: TABLE, mapper: document, settings: settings(values) });

describe.each(["float32", "int8"] as const)("trials on %s", (vectorType) => {
  test("find all with an exact search, and leave nothing behind", async () => {
    using folder = temporaryFolder();
    await using _store = await filled(folder.path, { vectorType });
    await using table = await open(folder.path);
    const { version } = await table.status();
    const queries = Array.from({ length: 20 }, (_, i) => ({ vector: rowOf(i * 90), own: records[i * 90]!.id }));
    const scratch = join(folder.path, "../", `${folder.path.split("/").at(-1)}-tune`);
    const trials = await tuneVectors(table, { scratch, queries, indices: ["IVF_FLAT"], limit: 100 });
    expect(existsSync(scratch)).toBe(false);
    expect((await table.status()).version).toBe(version);
    const exact = trials.filter(({ index }) => index === "exact");
    expect(exact.at(-1)!.recall).toBeGreaterThan(vectorType === "float32" ? 0.9999 : 0.99);
    expect(trials.filter(({ index }) => index === "IVF_FLAT").length).toBeGreaterThan(3);
    for (const { recall, p50Ms, p95Ms } of trials) {
      expect(recall).toBeLessThanOrEqual(1);
      expect(p95Ms).toBeGreaterThanOrEqual(p50Ms);
    }
  }, 300_000);
});

test("a row that is its own query is no answer: the truth has ten others", async () => {
  using folder = temporaryFolder();
  await using _store = await filled(folder.path);
  await using table = await open(folder.path);
  const scratch = `${folder.path}/scratch`;
  const own = [{ vector: rowOf(3), own: records[3]!.id }];
  const trials = await tuneVectors(table, { scratch, queries: own, indices: [], limit: 10 });
  expect(trials.map(({ recall }) => recall)).toEqual([1]);
});

test("a measurement that is stopped leaves neither a copy nor a change", async () => {
  using folder = temporaryFolder();
  await using _store = await filled(folder.path);
  await using table = await open(folder.path);
  const { version } = await table.status();
  const controller = new AbortController();
  const options = { scratch: `${folder.path}/scratch`, queries: [{ vector: rowOf(0), own: null }], limit: 10 };
  const onStep = (doing: string) => doing.startsWith("building") && controller.abort();
  const stopped = tuneVectors(table, { ...options, indices: ["IVF_RQ"], signal: controller.signal, onStep });
  await expect(stopped).rejects.toThrow("interrupted");
  expect(existsSync(options.scratch)).toBe(false);
  expect((await table.status()).version).toBe(version);
});

describe("a saved search", () => {
  test("holds for every reader, survives commits and maintenance, and goes again", async () => {
    using folder = temporaryFolder();
    await using store = await filled(folder.path);
    expect((await store.snapshot())!.indexed).toBe(false);
    {
      await using table = await open(folder.path);
      await table.tune({ index: "IVF_FLAT", nprobes: 7, refineFactor: 1, recall: 1, rows: ROWS });
      expect((await table.status()).indices.map(({ type }) => type)[0]).toBe("IVF_FLAT");
    }
    await store.commit([record("new.md", "new")], rowOf(5), ["new.md"]);
    expect((await store.maintain(true)).problems).toEqual([]);
    const view = (await store.snapshot())!;
    expect(view.indexed).toBe(true);
    expect(await view.explain({ vector: rowOf(0), limit: 10 })).toContain("ANN");
    await using table = await open(folder.path);
    expect((await table.status()).search).toEqual({ index: "IVF_FLAT", nprobes: 7, refineFactor: 1 });

    await table.tune(null);
    const { search, tuning, indices } = await table.status();
    expect([search, tuning, indices.some(({ kind }) => kind === "vector")]).toEqual([{ index: "exact" }, null, false]);
    expect((await store.snapshot())!.indexed).toBe(false);
  });

  test("holds no more once the table has four times the rows that it was measured with", async () => {
    using folder = temporaryFolder();
    await using store = await filled(folder.path, { exactRows: 100 });
    await using table = await open(folder.path, { exactRows: 100 });
    await table.tune({ index: "exact", recall: 1, rows: ROWS / 4 });
    expect((await table.status()).search).toEqual({ index: "exact" });
    await store.maintain(true);
    expect((await table.status()).search.index).toBe("exact");
    await table.tune({ index: "exact", recall: 1, rows: ROWS / 4 - 1 });
    expect((await table.status()).search.index).toBe("IVF_RQ");
  });

  test("replaces an index of another kind at the next maintenance, where its making was cut off", async () => {
    using folder = temporaryFolder();
    await using store = await filled(folder.path, { exactRows: 100 });
    await store.maintain(true);
    await using table = await open(folder.path, { exactRows: 100 });
    expect((await table.status()).indices[0]).toMatchObject({ kind: "vector", type: "IVF_RQ" });
    await table.tune({ index: "exact", recall: 1, rows: ROWS });
    expect((await store.snapshot())!.indexed).toBe(false);
    expect((await store.maintain(true)).built).toEqual([]);
    await table.tune(null);
    expect((await table.status()).indices[0]).toMatchObject({ kind: "vector", type: "IVF_RQ" });
  });
});

describe("the choice", () => {
  const trial = (index: Trial["index"], recall: number, p50Ms: number, indexBytes = 0): Trial => {
    return { index, recall, p50Ms, p95Ms: p50Ms, buildSeconds: 0, indexBytes };
  };

  test("is the quickest that finds enough, and of those about as quick the one with the smallest index", () => {
    const [exact, quick] = [trial("exact", 1, 20), trial("IVF_RQ", 0.9, 2, 100)];
    const [good, large] = [trial("IVF_RQ", 0.98, 5, 100), trial("IVF_HNSW_SQ", 0.98, 4.2, 800)];
    expect(cheapest([exact, quick, good, large], 0.98)).toBe(good);
    expect(cheapest([exact, quick, good, { ...large, p50Ms: 3 }], 0.98)).toMatchObject({ index: "IVF_HNSW_SQ" });
    expect(cheapest([exact, quick, good], 0.99)).toBe(exact);
    expect(cheapest([exact, trial("IVF_FLAT", 1, 18, 100)], 0.98)).toBe(exact);
    expect(cheapest([quick], 0.98)).toBeUndefined();
  });

  test("names indices as LanceDB's documentation does", () => {
    expect(["IvfRq", "IvfFlat", "IvfPq", "IvfHnswSq", "FTS", "BTree"].map(indexType)).toEqual([
      "IVF_RQ",
      "IVF_FLAT",
      "IVF_PQ",
      "IVF_HNSW_SQ",
      "FTS",
      "BTree",
    ]);
  });
});
