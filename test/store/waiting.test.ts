/** Rows whose vectors come later: found by words alone, filled once, also in tables that did not know of them. */
import { describe, expect, test } from "bun:test";
import { arrow } from "../../src/core/arrow.ts";
import { lancedb } from "../../src/store/lancedb.ts";
import document from "../../src/store/mappers/document.ts";
import { labelToMetadata, TABLE, tableSchema } from "../../src/store/schema.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { DIMENSION, description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const open = (dir: string, exactRows = 10_000) =>
  openStore({ dir, settings: settings({ exactRows }), embedder: description() });

const records = (count: number) =>
  Array.from({ length: count }, (_, i) => record(`d${i}.md`, `common word number${i} stands here`));

/** Commits records of which every third waits; their vectors are zeros. */
async function commitThirds(store: Store, count: number) {
  const all = records(count);
  const vectors = unitVectors(count);
  const full = vectors.slice();
  const waiting = Uint8Array.from(all, (_, i) => Number(i % 3 === 0));
  for (let i = 0; i < count; i += 3) vectors.fill(0, i * DIMENSION, (i + 1) * DIMENSION);
  const docs = all.map(({ doc }) => doc);
  await store.commit(all, vectors, docs, waiting);
  return { all, full, late: all.filter((_, i) => i % 3 === 0) };
}

/** The vectors of the records that wait, in their order. */
const lateVectors = (full: Float32Array) => {
  const rows = full.length / DIMENSION;
  const picked = Array.from({ length: Math.ceil(rows / 3) }, (_, k) => k * 3);
  return Float32Array.from(picked.flatMap((i) => [...full.subarray(i * DIMENSION, (i + 1) * DIMENSION)]));
};

const nearest = async (store: Store, vector: Float32Array) =>
  (await (await store.snapshot())!.vectorSearch({ vector, limit: 1000 })).map(({ id }) => id);

describe("rows that wait for their vectors", () => {
  test("are found by words, not by vectors, give no vector away, and are as others once they are filled", async () => {
    using dir = temporaryFolder();
    await using store = await open(dir.path);
    const { all, full, late } = await commitThirds(store, 30);
    const snapshot = (await store.snapshot())!;
    expect(await snapshot.waiting()).toBe(10);
    expect(await snapshot.textSearch({ query: "common", limit: 100 })).toHaveLength(30);
    const query = full.slice(0, DIMENSION);
    const before = await nearest(store, query);
    expect(before).toHaveLength(20);
    expect(before.filter((id) => late.some((one) => one.id === id))).toEqual([]);
    expect((await snapshot.vectorsOf(all.map(({ id }) => id))).size).toBe(20);
    expect(await store.rowsOfDocs(all.map(({ doc }) => doc))).toHaveLength(20);

    const ids = await store.waitingIds();
    expect(ids.toSorted()).toEqual(late.map(({ id }) => id).sort());
    const read = await store.waitingRecords(ids);
    expect(read.toSorted((a, b) => a.doc.localeCompare(b.doc))).toEqual(
      late.toSorted((a, b) => a.doc.localeCompare(b.doc)),
    );
    expect(await store.fill(late, lateVectors(full))).toBe(10);
    expect(await store.waitingIds()).toEqual([]);
    expect((await nearest(store, query))[0]).toBe(all[0]!.id);
    expect(await nearest(store, query)).toHaveLength(30);
    expect((await store.status()).waiting).toBe(0);
  });

  test("are not written twice, nor when they are gone", async () => {
    using dir = temporaryFolder();
    await using store = await open(dir.path);
    const { full, late } = await commitThirds(store, 12);
    await store.deleteDocs([late[0]!.doc]);
    expect(await store.fill(late, lateVectors(full))).toBe(3);
    expect(await store.fill(late, lateVectors(full))).toBe(0);
    expect((await store.status()).rows).toBe(11);
  });

  test("keep an index over the others possible, which takes them in when they are filled", async () => {
    using dir = temporaryFolder();
    await using store = await open(dir.path, 250);
    const { full, late } = await commitThirds(store, 600);
    expect(await store.maintain()).toMatchObject({ problems: [] });
    expect((await store.status()).vectorSearch).toBe("indexed");
    expect(await nearest(store, full.slice(DIMENSION, 2 * DIMENSION))).toHaveLength(400);
    await store.fill(late, lateVectors(full));
    expect(await store.maintain(true)).toMatchObject({ problems: [] });
    const { rows, indices } = await store.status();
    expect(indices.filter(({ indexedRows }) => indexedRows !== rows)).toEqual([]);
    expect((await nearest(store, full.slice(0, DIMENSION)))[0]).toBe(late[0]!.id);
  });

  test("do not make an index where too few have a vector", async () => {
    using dir = temporaryFolder();
    await using store = await open(dir.path, 450);
    await commitThirds(store, 600);
    expect((await store.maintain()).built).not.toContain("vector");
  });

  test("may stand in a table that was made before there were any", async () => {
    using dir = temporaryFolder();
    const connection = await lancedb().connect(dir.path);
    const now = tableSchema(document, DIMENSION, labelToMetadata(description(), document));
    const { Field, Schema } = arrow();
    const then = new Schema(
      now.fields.map((field) =>
        field.name === "vector" ? new Field(field.name, field.type, false, field.metadata) : field,
      ),
      now.metadata,
    );
    (await connection.createEmptyTable(TABLE, then)).close();
    connection.close();
    await using store = await open(dir.path);
    const first = record("old.md", "an older row of common words");
    await store.commit([first], unitVectors(1), ["old.md"]);
    const { full, late } = await commitThirds(store, 9);
    expect(await store.waitingIds()).toHaveLength(3);
    expect(await store.fill(late, lateVectors(full))).toBe(3);
    expect(await nearest(store, full.slice(0, DIMENSION))).toHaveLength(10);
  });
});
