/** Candidates that are scored again: few with an index of several bits a value, more with one of a single bit. */
import { describe, expect, test } from "bun:test";
import { lancedb } from "../../src/store/lancedb.ts";
import document from "../../src/store/mappers/document.ts";
import { TABLE } from "../../src/store/schema.ts";
import { openStore, type StoreSettings } from "../../src/store/store.ts";
import { TableIndices } from "../../src/store/table-indices.ts";
import { description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const DIMENSION = 128;
const ROWS = 3000;
const QUERIES = 40;
/** What a search asks a leg for, at least. */
const limit = 100;

async function filled(dir: string, values: Partial<StoreSettings> = {}) {
  const options = { dir, settings: settings({ exactRows: 100, ...values }) };
  const store = await openStore({ ...options, embedder: description(DIMENSION) });
  const records = Array.from({ length: ROWS }, (_, i) => record(`${i}.md`, `text ${i}`));
  const docs = records.map(({ doc }) => doc);
  await store.commit(records, unitVectors(ROWS, { dimension: DIMENSION }), docs);
  expect((await store.maintain(true)).problems).toEqual([]);
  return store;
}

/** How the table is searched by these settings. */
async function searchOf(dir: string, values: Partial<StoreSettings> = {}) {
  const options = { dir, table: TABLE, mapper: document };
  await using table = await TableIndices.open({ ...options, settings: settings({ exactRows: 100, ...values }) });
  return (await table.status()).search;
}

describe("an index that a store builds", () => {
  test("keeps four bits a value, and finds the hundred nearest with two candidates a hit", async () => {
    using folder = temporaryFolder();
    await using store = await filled(folder.path);
    const vector = (await store.status()).indices.find(({ column }) => column === "vector");
    expect(vector).toMatchObject({ type: "IVF_RQ", bits: 4, indexedRows: ROWS });
    expect(await searchOf(folder.path)).toEqual({ index: "IVF_RQ", nprobes: 100, refineFactor: 2 });

    await using exactly = await openStore({ dir: folder.path, settings: settings({ exactRows: ROWS }) });
    const [indexed, exact] = [(await store.snapshot())!, (await exactly.snapshot())!];
    // The same clusters, other members.
    const queries = unitVectors(ROWS + QUERIES, { dimension: DIMENSION, clusters: ROWS / 20 });
    let [ten, hundred] = [0, 0];
    for (let row = ROWS; row < ROWS + QUERIES; row++) {
      const query = { vector: queries.slice(row * DIMENSION, (row + 1) * DIMENSION), limit };
      const nearest = (await exact.vectorSearch(query)).map(({ id }) => id);
      const found = (await indexed.vectorSearch(query)).map(({ id }) => id);
      ten += found.slice(0, 10).filter((id) => nearest.slice(0, 10).includes(id)).length;
      hundred += found.filter((id) => nearest.includes(id)).length;
    }
    expect(ten / (10 * QUERIES)).toBeGreaterThanOrEqual(0.999);
    expect(hundred / (100 * QUERIES)).toBeGreaterThanOrEqual(0.99);
  }, 300_000);
});

describe("an index of one bit a value", () => {
  test("is searched with ten candidates a hit until it is rebuilt", async () => {
    using folder = temporaryFolder();
    await using _store = await filled(folder.path);
    const table = await (await lancedb().connect(folder.path)).openTable(TABLE);
    const config = lancedb().Index.ivfRq({ distanceType: "cosine", numBits: 1 });
    await table.createIndex("vector", { config, replace: true });
    expect(await searchOf(folder.path)).toEqual({ index: "IVF_RQ", nprobes: 100, refineFactor: 10 });

    const options = { dir: folder.path, table: TABLE, mapper: document, settings: settings({ exactRows: 100 }) };
    await using indices = await TableIndices.open(options);
    await indices.rebuild();
    expect((await indices.status()).search.refineFactor).toBe(2);
  }, 300_000);
});

test("a setting of candidates a hit holds for every index", async () => {
  using folder = temporaryFolder();
  await using _store = await filled(folder.path);
  expect(await searchOf(folder.path, { refineFactor: 7 })).toMatchObject({ refineFactor: 7 });
});
