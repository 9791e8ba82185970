/** Goal: a table whose vectors were converted is the table that would have been written so, and appears at once. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChunkRecord } from "../../src/core/record.ts";
import { convertVectors } from "../../src/store/convert.ts";
import { TableHistory } from "../../src/store/history.ts";
import { lancedb } from "../../src/store/lancedb.ts";
import document from "../../src/store/mappers/document.ts";
import { TABLE } from "../../src/store/schema.ts";
import { openStore, type StoreSettings } from "../../src/store/store.ts";
import type { VectorType } from "../../src/store/vector-types.ts";
import { description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const DIMENSION = 32;
const ROWS = 1_200;
/** More than are written at once. */
const MANY = 9_000;
const records: ChunkRecord[] = Array.from({ length: ROWS }, (_, i) =>
  record(`${i}.md`, `passage ${i} of ${i % 7}`, { headings: [`Part ${i % 5}`], page: i % 3 === 0 ? null : i }),
);
const docs = records.map(({ doc }) => doc);
const vectors = unitVectors(ROWS, { dimension: DIMENSION });
/** Rows whose text was written before their vector. */
const waiting = Uint8Array.from({ length: ROWS }, (_, i) => (i % 300 === 3 ? 1 : 0));
const withGaps = vectors.map((value, i) => (waiting[Math.floor(i / DIMENSION)] === 1 ? 0 : value));

const open = (dir: string, values: Partial<StoreSettings> = {}) =>
  openStore({ dir, settings: settings(values), embedder: description(DIMENSION) });
const tableOf = async (dir: string) => (await lancedb().connect(dir)).openTable(TABLE);

async function written(dir: string, vectorType: VectorType): Promise<void> {
  await using store = await open(dir, { vectorType });
  await store.commit(records, withGaps, docs, waiting);
}

/** Every column of every row as text, by id. */
async function contents(dir: string): Promise<Map<string, string>> {
  const rows = await (await tableOf(dir)).query().toArray();
  return new Map(rows.map((row) => [row.id as string, JSON.stringify(row.toJSON())]));
}

/** Rows that differ, or that only one of the two has. */
async function differing(one: string, other: string): Promise<string[]> {
  const [a, b] = [await contents(one), await contents(other)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((id) => a.get(id) !== b.get(id));
}

function request(folder: string, type: VectorType, values: Partial<StoreSettings> = {}) {
  const workDir = join(folder, "converting");
  const dir = join(folder, "store");
  return { dir, table: TABLE, mapper: document, settings: settings(values), type, workDir };
}

describe("converting", () => {
  test.each([
    ["float32", "float16"],
    ["float32", "int8"],
    ["float32", "binary"],
    ["float16", "binary"],
    ["int8", "binary"],
  ] as const)("%s to %s gives the rows that a table of that type has, with all indices", async (from, to) => {
    using folder = temporaryFolder();
    const { dir, ...rest } = request(folder.path, to);
    await written(dir, from);
    await written(join(folder.path, "fresh"), to);
    const version = await (await tableOf(dir)).version();
    const report = await convertVectors({ dir, ...rest });
    expect(report).toMatchObject({ from, to, rows: ROWS, waiting: 4 });
    expect(await differing(dir, join(folder.path, "fresh"))).toEqual([]);
    const table = await tableOf(dir);
    expect(await table.version()).toBeGreaterThan(version);
    expect(report.built.map(({ column }) => column)).toContain("text");
    for (const { name } of await table.listIndices()) {
      expect((await table.indexStats(name))!.numUnindexedRows).toBe(0);
    }
    expect(existsSync(rest.workDir)).toBe(false);
    // It goes on as any table: a commit, and another one of the same.
    await using store = await open(dir, { vectorType: to });
    expect(await store.commit(records.slice(0, 2), vectors.subarray(0, 2 * DIMENSION), docs.slice(0, 2))).toEqual({
      inserted: 0,
      updated: 0,
      deleted: 0,
    });
    expect(await store.commit([record("new.md", "new")], vectors.subarray(0, DIMENSION), ["new.md"])).toMatchObject({
      inserted: 1,
    });
  });

  test("keeps the versions before, and a way back to them", async () => {
    using folder = temporaryFolder();
    const asked = request(folder.path, "int8");
    await written(asked.dir, "float32");
    const before = await contents(asked.dir);
    const version = await (await tableOf(asked.dir)).version();
    await convertVectors(asked);
    await using history = await TableHistory.open(asked.dir, TABLE);
    expect(await history.layout()).toMatchObject({ type: "int8" });
    await history.restore(version);
    expect(await contents(asked.dir)).toEqual(before);
  });

  test("builds a vector index where the table is to have one", async () => {
    using folder = temporaryFolder();
    const asked = request(folder.path, "float16", { exactRows: 100 });
    await written(asked.dir, "float32");
    const { built } = await convertVectors(asked);
    expect(built.map(({ column }) => column)).toContain("vector");
    await using store = await open(asked.dir, { exactRows: 100 });
    const [hit] = await (await store.snapshot())!.vectorSearch({ vector: vectors.subarray(0, DIMENSION), limit: 1 });
    expect(hit!.id).toBe(records[0]!.id);
  });

  test.each([
    ["binary", "int8"],
    ["int8", "float32"],
    ["float16", "float32"],
  ] as const)("%s to %s leaves every vector to be made again, and the texts found", async (from, to) => {
    using folder = temporaryFolder();
    const asked = request(folder.path, to);
    await written(asked.dir, from);
    expect(await convertVectors(asked)).toMatchObject({ from, to, rows: ROWS, waiting: ROWS });
    await using store = await open(asked.dir, { vectorType: to });
    expect((await store.waitingIds()).length).toBe(ROWS);
    expect(await store.fill(records, vectors)).toBe(ROWS);
    await using fresh = await open(join(folder.path, "fresh"), { vectorType: to });
    await fresh.commit(records, vectors, docs);
    expect(await differing(asked.dir, join(folder.path, "fresh"))).toEqual([]);
  });

  test("that is stopped leaves the table as it was, and what a killed run left is cleared", async () => {
    using folder = temporaryFolder();
    const asked = request(folder.path, "int8");
    const many = Array.from({ length: MANY }, (_, i) => record(`${i}.md`, `passage ${i}`));
    await using store = await open(asked.dir);
    const values = unitVectors(MANY, { dimension: DIMENSION });
    await store.commit(
      many,
      values,
      many.map(({ doc }) => doc),
    );
    const version = await (await tableOf(asked.dir)).version();
    mkdirSync(join(asked.workDir, `${TABLE}.lance/data`), { recursive: true });
    writeFileSync(join(asked.workDir, `${TABLE}.lance/data/left`), "x");
    const stop = new AbortController();
    const stopped = convertVectors({ ...asked, signal: stop.signal, onRows: () => stop.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "interrupted", hint: "the table is as it was" });
    expect(existsSync(asked.workDir)).toBe(false);
    expect(await (await tableOf(asked.dir)).version()).toBe(version);
    expect(await convertVectors(asked)).toMatchObject({ rows: MANY });
    expect(existsSync(join(asked.dir, `${TABLE}.lance/data/left`))).toBe(false);
  });

  test("refuses a length that fills no bytes before it begins", async () => {
    using folder = temporaryFolder();
    const asked = request(folder.path, "binary");
    await using store = await openStore({ dir: asked.dir, settings: settings(), embedder: description(12) });
    await store.commit(records.slice(0, 3), vectors.subarray(0, 36), docs.slice(0, 3));
    await expect(convertVectors(asked)).rejects.toThrow("which takes a multiple of 8");
    expect(await (await tableOf(asked.dir)).countRows()).toBe(3);
  });
});
