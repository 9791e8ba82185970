/** Records to Arrow and back, and the trap of two copies of apache-arrow. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { arrow } from "../../src/core/arrow.ts";
import type { ChunkRecord } from "../../src/core/record.ts";
import { lancedb } from "../../src/store/lancedb.ts";
import document from "../../src/store/mappers/document.ts";
import { fromTable, toTable } from "../../src/store/records.ts";
import { TABLE, tableSchema } from "../../src/store/schema.ts";
import { DIMENSION, record, temporaryFolder, unitVectors } from "./rows.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const integer = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const records: fc.Arbitrary<ChunkRecord> = fc.record({
  id: fc.uuid(),
  doc: text,
  item: text,
  root: text,
  path: text,
  title: text,
  kind: text,
  lang: nullable(text),
  text,
  headings: fc.array(text, { maxLength: 4 }),
  contentHash: text,
  seq: integer,
  startLine: integer,
  endLine: integer,
  page: nullable(integer),
  row: nullable(integer),
  start: integer,
  end: integer,
  tokens: integer,
  truncated: fc.boolean(),
  mtimeMs: fc.integer({ min: -1e12, max: 4e12 }),
  metadata: fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text)), {
    noNullPrototype: true,
  }),
});

test("every record survives the way to a LanceDB table and back", async () => {
  const batches = fc.uniqueArray(records, { selector: ({ id }) => id, minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(batches, async (batch) => {
      using folder = temporaryFolder();
      const connection = await lancedb().connect(folder.path);
      const table = await connection.createEmptyTable(TABLE, tableSchema(document, DIMENSION));
      await table.add(toTable(document, batch, unitVectors(batch.length), DIMENSION));
      expect(fromTable(document, await table.toArrow())).toEqual(batch);
    }),
    { numRuns: 20 },
  );
});

test("a fractional modification time is stored to the millisecond", () => {
  const table = toTable(document, [record("a.md", "one", { mtimeMs: 1234.567 })], unitVectors(1), DIMENSION);
  expect(fromTable(document, table)[0]!.mtimeMs).toBe(1235);
});

test("a batch shares the vectors' memory: no object per value", () => {
  const vectors = unitVectors(50);
  const batch = toTable(
    document,
    Array.from({ length: 50 }, (_, i) => record("a.md", `text ${i}`)),
    vectors,
    DIMENSION,
  );
  const values = batch.getChild("vector")!.data[0]!.children[0]!.values as Float32Array;
  expect(values.buffer).toBe(vectors.buffer);
});

test("a written batch has as many rows as records: LanceDB and the store share one copy of Arrow", async () => {
  using folder = temporaryFolder();
  const connection = await lancedb().connect(folder.path);
  const table = await connection.createEmptyTable(TABLE, tableSchema(document, DIMENSION));
  const batch = toTable(
    document,
    Array.from({ length: 25 }, (_, i) => record(`${i}.md`, `text ${i}`)),
    unitVectors(25),
    DIMENSION,
  );
  await table.add(batch);
  expect(await table.countRows()).toBe(25);
  expect(await table.toArrow()).toBeInstanceOf(arrow().Table);
});
