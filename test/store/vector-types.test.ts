/** Vectors in every type: the same bytes after a round trip, the nearest found, and never two types in one table. */
import { describe, expect, test } from "bun:test";
import type { ChunkRecord } from "../../src/core/record.ts";
import { lancedb } from "../../src/store/lancedb.ts";
import { TABLE } from "../../src/store/schema.ts";
import { openStore, type StoreSettings } from "../../src/store/store.ts";
import { layoutOf, storeVectors, VECTOR_TYPES, type VectorType } from "../../src/store/vector-types.ts";
import { description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const DIMENSION = 64;
const ROWS = 1200;
const QUERIES = 30;

const open = (dir: string, values: Partial<StoreSettings> = {}, dimension = DIMENSION) =>
  openStore({ dir, settings: settings(values), embedder: description(dimension) });

const records: ChunkRecord[] = Array.from({ length: ROWS }, (_, i) => record(`${i}.md`, `passage ${i}`));
const docs = records.map(({ doc }) => doc);
const vectors = unitVectors(ROWS, { dimension: DIMENSION });
const rowOf = (row: number) => vectors.subarray(row * DIMENSION, (row + 1) * DIMENSION);

/** Ids of the ten nearest rows, by sums that are written out here. */
function nearest(query: Float32Array): Set<string> {
  const cosines = records.map(({ id }, row) => ({
    id,
    cosine: rowOf(row).reduce((sum, x, i) => sum + x * query[i]!, 0),
  }));
  cosines.sort((a, b) => b.cosine - a.cosine);
  return new Set(cosines.slice(0, 10).map(({ id }) => id));
}

/** Share of the ten nearest that a store's search finds. */
async function recall(store: Awaited<ReturnType<typeof open>>): Promise<number> {
  const view = (await store.snapshot())!;
  let found = 0;
  for (let q = 0; q < QUERIES; q++) {
    const query = rowOf(q * 40);
    const truth = nearest(query);
    const hits = await view.vectorSearch({ vector: query, limit: 10 });
    expect(hits).toHaveLength(10);
    found += hits.filter(({ id }) => truth.has(id)).length;
  }
  return found / (QUERIES * 10);
}

describe.each([...VECTOR_TYPES])("vectors of %s", (vectorType: VectorType) => {
  const LEAST = { float32: 1, float16: 0.99, int8: 0.97, binary: 0.5 }[vectorType];

  test("are stored so, found again, scored by a cosine, and not changed by being stored once more", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path, { vectorType });
    await store.commit(records, vectors, docs);
    const schema = await (await (await lancedb().connect(folder.path)).openTable(TABLE)).schema();
    expect(layoutOf(schema)).toMatchObject({ type: vectorType, dimension: DIMENSION });

    expect(await recall(store)).toBeGreaterThanOrEqual(LEAST);
    const [first] = await (await store.snapshot())!.vectorSearch({ vector: rowOf(7), limit: 3 });
    expect(first!.id).toBe(records[7]!.id);
    expect(first!.score).toBeGreaterThan(vectorType === "binary" ? 0.9 : 0.999);
    expect(first!.score).toBeLessThanOrEqual(1.000_001);

    const stored = new Map((await store.rowsOfDocs(docs)).map(({ id, vector }) => [id, vector]));
    const again = new Float32Array(ROWS * DIMENSION);
    for (const [row, { id }] of records.entries()) again.set(stored.get(id)!, row * DIMENSION);
    expect(await store.commit(records, again, docs)).toEqual({ inserted: 0, updated: 0, deleted: 0 });
    expect(await store.commit(records, vectors, docs)).toEqual({ inserted: 0, updated: 0, deleted: 0 });
  }, 300_000);

  test("are found through an index, and within a filter", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path, { vectorType, exactRows: 100 });
    await store.commit(records, vectors, docs);
    expect((await store.maintain(true)).problems).toEqual([]);
    const view = (await store.snapshot())!;
    expect(view.indexed).toBe(true);
    expect(await view.explain({ vector: rowOf(0), limit: 10 })).toContain("ANN");
    expect(await recall(store)).toBeGreaterThanOrEqual(LEAST - 0.05);
    const hits = await view.vectorSearch({ vector: rowOf(7), limit: 10, filter: "path IN ('7.md', '8.md')" });
    expect(hits.map(({ id }) => id).sort()).toEqual([records[7]!.id, records[8]!.id].sort());
  }, 300_000);
});

test("a table stays with the type of its vectors: the error names both, and reading needs no setting", async () => {
  using folder = temporaryFolder();
  {
    await using store = await open(folder.path, { vectorType: "int8" });
    await store.commit(records.slice(0, 3), vectors.subarray(0, 3 * DIMENSION), docs.slice(0, 3));
  }
  {
    await using other = await open(folder.path, { vectorType: "binary" });
    expect(await (await other.snapshot())!.vectorSearch({ vector: rowOf(0), limit: 5 })).toHaveLength(3);
    const refused = other.commit(records.slice(0, 4), vectors.subarray(0, 4 * DIMENSION), docs.slice(0, 4));
    await expect(refused).rejects.toThrow(/stores vectors as int8.*asks for binary/);
  }
  await using store = await open(folder.path);
  expect(await store.commit(records.slice(0, 4), vectors.subarray(0, 4 * DIMENSION), docs.slice(0, 4))).toMatchObject({
    inserted: 1,
    updated: 0,
  });
});

test("sign bits need a multiple of eight values; float16 does not", async () => {
  using folder = temporaryFolder();
  const odd = unitVectors(1, { dimension: 12 });
  for (const vectorType of ["int8", "binary"] as const) {
    await using store = await open(folder.path, { vectorType }, 12);
    await expect(store.commit(records.slice(0, 1), odd, docs.slice(0, 1))).rejects.toThrow(/12 values.*multiple of 8/);
  }
  await using store = await open(folder.path, { vectorType: "float16" }, 12);
  expect(await store.commit(records.slice(0, 1), odd, docs.slice(0, 1))).toMatchObject({ inserted: 1 });
});

test("int8 spreads each vector over the whole range, and the first sign is the lowest bit", () => {
  const { values, bits } = storeVectors(Float32Array.of(0.5, -0.25, 0, 0.1, 0, 0, 0, -0.001), 8, "int8");
  expect([...values]).toEqual([127, -63, 0, 25, 0, 0, 0, 0]);
  expect([...bits!]).toEqual([0b1001]);
  expect([...storeVectors(new Float32Array(8), 8, "int8").values]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});
