/** Commits, reuse and deletion over a real LanceDB folder. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ChunkRecord } from "../../src/core/record.ts";
import { lancedb } from "../../src/store/lancedb.ts";
import document from "../../src/store/mappers/document.ts";
import { labelToMetadata, TABLE, tableSchema } from "../../src/store/schema.ts";
import { type DocumentPart, openStore, type Store } from "../../src/store/store.ts";
import { DIMENSION, description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const open = (dir: string) => openStore({ dir, settings: settings(), embedder: description() });

/** Commits records whose vectors depend on their text alone. */
function put(store: Store, records: readonly ChunkRecord[], docs = records.map(({ doc }) => doc), part?: DocumentPart) {
  const vectors = new Float32Array(records.length * DIMENSION);
  for (const [row, { contentHash }] of records.entries()) {
    vectors.set(unitVectors(1, { seed: Number.parseInt(contentHash.slice(0, 8), 16) }), row * DIMENSION);
  }
  return store.commit(records, vectors, [...new Set(docs)], undefined, part);
}

const ids = async (store: Store, docs: string[]) => (await store.rowsOfDocs(docs)).map(({ id }) => id).sort();

describe("a store", () => {
  test("has no table before the first commit, and says so", async () => {
    using folder = temporaryFolder();
    await using store = await open(join(folder.path, "lancedb"));
    expect(store.exists).toBe(false);
    expect(await store.version()).toBe(0);
    expect(await store.snapshot()).toBeNull();
    expect(await store.rowsOfDocs(["a.md"])).toEqual([]);
    expect(await store.deleteDocs(["a.md"])).toBe(0);
    expect((await store.maintain(true)).built).toEqual([]);
    expect(await store.status()).toMatchObject({ exists: false, rows: 0, documents: 0, embedder: null, version: 0 });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("holds what was committed when it is opened again", async () => {
    using folder = temporaryFolder();
    const records = [record("a.md", "one"), record("a.md", "two", { seq: 1 }), record("b.md", "three")];
    {
      await using store = await open(folder.path);
      expect(await put(store, records)).toEqual({ inserted: 3, updated: 0, deleted: 0 });
    }
    await using store = await openStore({ dir: folder.path, settings: settings() });
    expect(store.exists).toBe(true);
    const status = await store.status();
    expect(status).toMatchObject({ exists: true, rows: 3, documents: 2, vectorSearch: "exact" });
    expect(status.embedder).toEqual(description());
    expect(status.bytesOnDisk).toBeGreaterThan(1000);
    expect(status.version).toBe(await store.version());
  });

  test("holds a document that comes in parts as one that comes whole, and loses its other rows with the last part", async () => {
    const texts = Array.from({ length: 9 }, (_, i) => `passage ${i}`);
    const rows = texts.map((text, seq) => record("big.md", text, { seq }));
    const rowsOf = async (store: Store) => {
      const records = await (await store.snapshot())!.recordsWhere("doc <> ''");
      const vectors = new Map(
        (await store.rowsOfDocs(["big.md", "other.md"])).map(({ id, vector }) => [id, [...vector]]),
      );
      return records.map((row) => ({ ...row, vector: vectors.get(row.id) }));
    };
    const before = [record("other.md", "other"), ...["old 1", "old 2"].map((text) => record("big.md", text)), rows[3]!];
    using whole = temporaryFolder();
    using parted = temporaryFolder();
    await using expected = await open(whole.path);
    await put(expected, before);
    await put(expected, rows);
    await using store = await open(parted.path);
    await put(store, before);
    const written = new Set<string>();
    const deleted: number[] = [];
    for (const first of [0, 4, 8]) {
      const part = rows.slice(first, first + 4);
      const done = await put(store, part, ["big.md"], { written, last: first === 8 });
      deleted.push(done.deleted);
      for (const { id } of part) written.add(id);
    }
    expect(deleted).toEqual([0, 0, 2]);
    expect(await rowsOf(store)).toEqual(await rowsOf(expected));
    expect((await rowsOf(store)).map(({ text }) => text)).toEqual([...texts, "other"]);
  });

  test("gives back the rows of a document that have one of some hashes", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const [one, two, three] = [record("a.md", "one"), record("a.md", "two"), record("b.md", "one")];
    await put(store, [one, two, three]);
    const found = await store.rowsOfDocs(["a.md", "b.md"], new Set([one.contentHash]));
    expect(found.map(({ id }) => id).sort()).toEqual([one.id, three.id].sort());
    expect(await store.rowsOfDocs(["a.md"], new Set())).toEqual([]);
  });

  test("works in a folder whose name is hard to write in a url", async () => {
    for (const name of ["a b", "50%", "a%20b", "x#y?z", "it's", "日本"]) {
      using folder = temporaryFolder();
      const dir = join(folder.path, name, "lancedb");
      {
        await using store = await open(dir);
        await put(store, [record("a.md", "one")]);
      }
      await using store = await open(dir);
      expect({ name, rows: (await store.status()).rows }).toEqual({ name, rows: 1 });
      expect(readdirSync(folder.path)).toEqual([name]);
    }
  });

  test("refuses a folder that LanceDB would rename", async () => {
    using folder = temporaryFolder();
    await expect(open(join(folder.path, "a\nb"))).rejects.toMatchObject({ code: "store-folder" });
  });

  test("starts anew where a process was killed before its table had a version", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, `${TABLE}.lance`, "_versions"), { recursive: true });
    mkdirSync(join(folder.path, `${TABLE}.lance`, "data"));
    await using store = await open(folder.path);
    expect(store.exists).toBe(false);
    await put(store, [record("a.md", "one")]);
    expect((await store.status()).rows).toBe(1);
  });
});

describe("a commit", () => {
  test("returns vectors bit for bit", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const vectors = unitVectors(3);
    const records = ["one", "two", "three"].map((text, seq) => record("a.md", text, { seq }));
    await store.commit(records, vectors, ["a.md"]);
    const prior = new Map((await store.rowsOfDocs(["a.md"])).map((row) => [row.id, row]));
    for (const [row, { id, doc, item, contentHash }] of records.entries()) {
      const vector = vectors.slice(row * DIMENSION, (row + 1) * DIMENSION);
      expect(prior.get(id)).toEqual({ id, doc, item, contentHash, truncated: false, vector });
    }
  });

  test("of the same rows writes nothing", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const records = [record("a.md", "one"), record("b.md", "two")];
    await put(store, records);
    const data = () => readdirSync(join(folder.path, `${TABLE}.lance`, "data"));
    const before = data();
    expect(await put(store, records)).toEqual({ inserted: 0, updated: 0, deleted: 0 });
    expect(data()).toEqual(before);
  });

  test("rewrites only the rows of which any column changed", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const [one, two] = [record("a.md", "one"), record("a.md", "two", { seq: 1 })];
    await put(store, [one, two]);
    for (const change of [{ startLine: 7 }, { title: "t" }, { lang: null }, { metadata: { k: "v" } }, { mtimeMs: 5 }]) {
      expect(await put(store, [{ ...one, ...change }, two])).toEqual({ inserted: 0, updated: 1, deleted: 0 });
    }
    const view = (await store.snapshot())!;
    const found = await view.textSearch({ query: "one", limit: 1 });
    expect((await view.records(found)).get(one.id)).toEqual({ ...one, mtimeMs: 5 });
  });

  test("gives the records of a filter in their order, and the vectors of ids", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const records = [
      record("b.md", "x"),
      record("a.md", "two", { seq: 1 }),
      record("a.md", "one"),
      record("c.md", "y"),
    ];
    const vectors = unitVectors(4, { seed: 3 });
    await store.commit(records, vectors, ["a.md", "b.md", "c.md"]);
    const view = (await store.snapshot())!;
    expect(await view.recordsWhere("doc IN ('a.md', 'b.md')")).toEqual([records[2]!, records[1]!, records[0]!]);
    expect(await view.recordsWhere("doc = 'none'")).toEqual([]);
    expect(await view.recordsWhere("seq >= 0", 2)).toHaveLength(2);
    await expect(view.recordsWhere("dock = 'a.md'")).rejects.toThrow('unknown column "dock"');
    const found = await view.vectorsOf([records[1]!.id, "unknown"]);
    expect([...found]).toEqual([[records[1]!.id, vectors.slice(DIMENSION, 2 * DIMENSION)]]);
  });

  test("rewrites a row of which only the vector changed", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const one = record("a.md", "one");
    await store.commit([one], unitVectors(1, { seed: 1 }), ["a.md"]);
    expect((await store.commit([one], unitVectors(1, { seed: 2 }), ["a.md"])).updated).toBe(1);
    expect((await store.rowsOfDocs(["a.md"]))[0]!.vector).toEqual(unitVectors(1, { seed: 2 }));
  });

  test("deletes what its documents no longer have, and nothing of other documents", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const other = record("b.md", "kept");
    await put(store, [record("a.md", "one"), record("a.md", "two", { seq: 1 }), other, record("c.md", "gone")]);
    const replaced = [record("a.md", "two"), record("a.md", "three", { seq: 1 })];
    expect(await put(store, replaced, ["a.md", "c.md"])).toEqual({ inserted: 1, updated: 1, deleted: 2 });
    expect(await ids(store, ["a.md", "b.md", "c.md"])).toEqual([...replaced, other].map(({ id }) => id).sort());
  });

  test("without records empties its documents", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    await put(store, [record("a.md", "one"), record("b.md", "two")]);
    expect(await put(store, [], ["a.md"])).toEqual({ inserted: 0, updated: 0, deleted: 1 });
    expect((await store.status()).rows).toBe(1);
  });

  test("takes documents with quotes, backslashes and newlines in their names", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const names = ["it's.md", 'say "hi".md', "back\\slash.md", "new\nline.md", "100%_.md", "x' OR '1'='1"];
    await put(
      store,
      names.map((name) => record(name, name)),
    );
    for (const name of names) expect((await store.rowsOfDocs([name])).map(({ doc }) => doc)).toEqual([name]);
    expect(await store.deleteDocs(names)).toBe(names.length);
  });

  test("takes 5,000 documents at once", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const records = Array.from({ length: 5000 }, (_, i) => record(`docs/page-${i}.md`, `text ${i}`));
    const docs = records.map(({ doc }) => doc);
    await store.commit(records, unitVectors(5000), docs);
    expect(await store.commit(records.slice(1), unitVectors(5000).subarray(DIMENSION), docs)).toMatchObject({
      deleted: 1,
    });
    expect((await store.rowsOfDocs(docs)).length).toBe(4999);
    expect(await store.deleteDocs(docs)).toBe(4999);
  });

  test("refuses vectors of another shape, values that are not finite, an id twice, and a document it does not name", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const one = record("a.md", "one");
    const commit = (records: ChunkRecord[], vectors: Float32Array, docs = ["a.md"]) =>
      store.commit(records, vectors, docs);
    await expect(commit([one], unitVectors(2))).rejects.toThrow("32 vector values for 1 records of dimension 16");
    await expect(commit([one], new Float32Array(DIMENSION).fill(Number.NaN))).rejects.toThrow("not finite");
    await expect(commit([one, one], unitVectors(2))).rejects.toThrow("twice");
    await expect(commit([one], unitVectors(1), ["b.md"])).rejects.toThrow('"a.md"');
    await expect(commit([one], unitVectors(1), [])).rejects.toThrow('"a.md"');
    await commit([one], unitVectors(1));
    expect((await store.status()).rows).toBe(1);
  });
});

describe("deletion", () => {
  test("by item removes every document of a file", async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.path);
    const rows = [1, 2, 3].map((row) => record(`data.csv#row=${row}`, `row ${row}`, { item: "data.csv", row }));
    await put(store, [...rows, record("a.md", "kept")]);
    expect(await store.deleteItems(["data.csv", "unknown"])).toBe(3);
    expect((await store.status()).rows).toBe(1);
  });
});

describe("the embedder of a table", () => {
  test("is not mixed with another: the error names both and what to do", async () => {
    using folder = temporaryFolder();
    {
      await using store = await open(folder.path);
      await put(store, [record("a.md", "one")]);
    }
    const other = { ...description(32, "b".repeat(64)), name: "other-model" };
    const opening = openStore({ dir: folder.path, settings: settings(), embedder: other });
    await expect(opening).rejects.toMatchObject({
      code: "embedder-mismatch",
      message: expect.stringMatching(/"test-embedder" \(16 dimensions.*"other-model" \(32 dimensions/),
      hint: expect.stringContaining("--model test-embedder"),
      where: folder.path,
    });
  });
});

describe("the same model with other settings", () => {
  test.each([
    [{ dimension: 8 }, "use --dim 16;"],
    [{ dtype: "8bit" }, "use --dtype float32;"],
    [{ dimension: 8, dtype: "4bit" }, "use --dim 16 --dtype float32;"],
    [{ weightsSha256: "e".repeat(64) }, "the model's files have changed"],
  ])("%j is no name to give, but flags or files: %s", async (change, hint) => {
    using folder = temporaryFolder();
    {
      await using store = await open(folder.path);
      await put(store, [record("a.md", "one")]);
    }
    const other = { ...description(16, "b".repeat(64)), ...change };
    const opening = openStore({ dir: folder.path, settings: settings(), embedder: other });
    await expect(opening).rejects.toMatchObject({ code: "embedder-mismatch", hint: expect.stringContaining(hint) });
  });
});

describe("a table that this program did not make", () => {
  const make = async (dir: string, metadata?: Map<string, string>) => {
    const connection = await lancedb().connect(dir);
    await connection.createEmptyTable(TABLE, tableSchema(document, DIMENSION, metadata));
  };

  test("is refused", async () => {
    using folder = temporaryFolder();
    await make(folder.path);
    await expect(open(folder.path)).rejects.toMatchObject({ code: "store-foreign" });
  });

  test("is refused when a later version made it", async () => {
    using folder = temporaryFolder();
    await make(folder.path, new Map([...labelToMetadata(description(), document), ["mdp:format", "99"]]));
    await expect(open(folder.path)).rejects.toMatchObject({
      code: "store-newer",
      message: expect.stringContaining("99"),
    });
  });
});
