/** Parquet: what pyarrow writes is read as pyarrow reads it, and what is damaged is named without costing the rest. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { ColumnMetaData } from "hyparquet";
import { ByteWriter, ParquetWriter, parquetWriteBuffer } from "hyparquet-writer";
import * as v from "valibot";
import { IngestSettings } from "../../../src/ingest/config.ts";
import parquet from "../../../src/ingest/formats/parquet.ts";
import { toMetadata } from "../../../src/ingest/formats/shared/metadata.ts";
import { ColumnPages } from "../../../src/ingest/formats/shared/parquet-pages.ts";
import { openReaderPool } from "../../../src/ingest/read.ts";
import { openInput } from "../../../src/ingest/reader/open.ts";
import { python } from "../../support/peers.ts";
import { type ReadResult, readFile } from "../../support/read.ts";

// Each file is read in a process of its own.
setDefaultTimeout(300_000);

const FIXTURES = join(import.meta.dir, "../../../fixtures/formats/parquet");
const dir = mkdtempSync(join(tmpdir(), "mdp-parquet-"));
const pool = openReaderPool(v.parse(IngestSettings, {}));
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

const scalars = readFileSync(join(FIXTURES, "scalars.parquet"));

async function read(bytes: Uint8Array, settings: Partial<IngestSettings> = {}): Promise<ReadResult> {
  await Bun.write(join(dir, "rows.parquet"), bytes);
  return readFile(join(dir, "rows.parquet"), settings, { pool });
}

/** A file of text columns with a group of rows for each list of them. */
function fileOf(groups: readonly (readonly string[])[]): Uint8Array {
  const writer = new ByteWriter();
  const schema = [
    { name: "root", num_children: 1 },
    { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" } as const,
  ];
  const file = new ParquetWriter({ writer, schema, codec: "UNCOMPRESSED" });
  for (const data of groups) file.write({ columnData: [{ name: "text", data: [...data] }], rowGroupSize: data.length });
  file.finish();
  return writer.getBytes().slice();
}

describe("what pyarrow writes", () => {
  let written: { file: string; rows: Record<string, unknown>[] }[] = [];
  beforeAll(async () => {
    const lines = await python("test/parity/parquet_tables.py", [dir], "");
    written = lines.map((line) => JSON.parse(line));
  });

  test("comes in every compression, page kind and encoding", () => {
    expect(written.length).toBe(21);
  });

  test("is read with the values that pyarrow reads, row by row", async () => {
    for (const { file, rows } of written) {
      const { documents, rejects } = await readFile(file, {}, { pool });
      expect([file, rejects]).toEqual([file, []]);
      expect(documents.length).toBe(rows.length);
      const expected = rows.map(({ text, body, ...rest }, i) => ({
        text: text ?? body,
        row: i + 1,
        metadata: toMetadata(rest),
      }));
      expect(documents.map(({ text, row, metadata }) => ({ text, row, metadata }))).toEqual(expected as never);
    }
  });
});

describe("fields", () => {
  test("are guessed, and the guess is told", async () => {
    const { documents, guesses } = await read(scalars);
    expect(guesses).toEqual([{ textField: "text", idField: "id", titleField: null }]);
    expect(documents[4]).toMatchObject({
      uri: "rows.parquet#id=row-4",
      kind: "parquet",
      row: 5,
      text: "Text number 4: ünïcödé ☃ , and more of it.",
      metadata: { id: "row-4", u64: "18446744073709551611", price: 49382.59, day: "1810-10-14" },
    });
  });

  test("that are told are taken, and one that is not there is refused with those that are", async () => {
    const told = await read(scalars, { textField: "ascii", idField: "u16" });
    expect(told.documents[0]).toMatchObject({ uri: "rows.parquet#id=65535", text: "bytes of text 0" });
    // Every seventh value is missing.
    expect(told.rejects).toMatchObject([
      { row: 4, code: "field-missing", field: "ascii" },
      { row: 11, code: "field-missing" },
    ]);
    const wrong = await read(scalars, { textField: "txt" });
    expect(wrong.documents).toEqual([]);
    expect(wrong.rejects).toMatchObject([{ code: "field-missing", hint: expect.stringContaining("fields: id, text") }]);
  });

  test("without a text among them are written out, vectors left aside", async () => {
    const file = parquetWriteBuffer({
      schema: [
        { name: "root", num_children: 3 },
        { name: "city", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
        { name: "people", type: "INT32", repetition_type: "OPTIONAL" },
        { name: "vector", converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", type: "FLOAT", repetition_type: "OPTIONAL" },
      ],
      columnData: [
        { name: "city", data: ["Oslo", "Bergen"] },
        { name: "people", data: [700_000, 290_000] },
        { name: "vector", data: [[0.5, 0.25], [1.5]] },
      ],
    });
    const { documents } = await read(new Uint8Array(file));
    expect(documents.map(({ text }) => text)).toEqual(["city: Oslo\npeople: 700000", "city: Bergen\npeople: 290000"]);
    expect(documents.map(({ metadata }) => metadata)).toEqual([
      { city: "Oslo", people: 700_000 },
      { city: "Bergen", people: 290_000 },
    ]);
  });

  test("beyond a hundred are not read, but for those that have a name", async () => {
    const columnData = Array.from({ length: 150 }, (_, i) => ({ name: `c${i}`, data: [`v${i}`] }));
    const file = parquetWriteBuffer({ columnData: [...columnData, { name: "text", data: ["the text"] }] });
    const [document] = (await read(new Uint8Array(file))).documents;
    expect(document!.text).toBe("the text");
    expect(Object.keys(document!.metadata).length).toBe(99);
  });
});

describe("a file", () => {
  test("without rows gives nothing", async () => {
    expect(await read(fileOf([]))).toMatchObject({ documents: [], rejects: [] });
  });

  test("with rows that are too large loses those alone", async () => {
    const file = fileOf([["short", "x".repeat(5_000), "also short"], ["y".repeat(2_000)]]);
    const { documents, rejects } = await read(file, { maxDocumentBytes: 1_000 });
    expect(documents.map(({ row, text }) => [row, text])).toEqual([
      [1, "short"],
      [3, "also short"],
    ]);
    expect(rejects).toMatchObject([
      { row: 2, code: "document-too-large", reason: expect.stringContaining("5000") },
      { row: 4, code: "document-too-large" },
    ]);
  });

  test("that is cut off, is encrypted or has lost its beginning is refused by what is wrong", async () => {
    for (const length of [scalars.length - 1, scalars.length >> 1, 40]) {
      const { documents, rejects } = await read(scalars.subarray(0, length));
      expect(documents).toEqual([]);
      expect(rejects).toMatchObject([{ code: "parquet-damaged", reason: expect.stringContaining("ends early") }]);
    }
    const encrypted = Buffer.concat([Buffer.from("PARE"), scalars.subarray(4, -4), Buffer.from("PARE")]);
    expect((await read(encrypted)).rejects).toMatchObject([{ code: "parquet-encrypted" }]);
    const beheaded = Buffer.concat([Buffer.from([0, 0, 0, 0]), scalars.subarray(4)]);
    expect((await read(beheaded)).rejects).toMatchObject([
      { code: "parquet-damaged", reason: expect.stringContaining("PAR1") },
    ]);
  });

  test("that pyarrow has encrypted, even one column of it, is refused as such", async () => {
    await python("test/parity/parquet_tables.py", ["--encrypted", dir], "");
    for (const name of ["footer.parquet", "column.parquet"]) {
      const { documents, rejects } = await readFile(join(dir, name), {}, { pool });
      expect([name, documents]).toEqual([name, []]);
      expect(rejects).toMatchObject([{ code: "parquet-encrypted", hint: expect.stringContaining("keys") }]);
    }
  });

  test("with a damaged group of rows keeps the others, and names those that are lost", async () => {
    const file = fileOf([["one", "two"], ["THREE", "four"], ["five"]]);
    const at = Buffer.from(file).indexOf("THREE");
    // The length of the first text of the group.
    file.fill(0xff, at - 4, at);
    const { documents, rejects } = await read(file);
    expect(documents.map(({ row, text }) => [row, text])).toEqual([
      [1, "one"],
      [2, "two"],
      [5, "five"],
    ]);
    expect(rejects).toMatchObject([
      { row: 3, code: "parquet-damaged", reason: expect.stringContaining("rows 3 to 4 cannot be read") },
    ]);
  });

  test("with any damaged byte is read or refused, and every row is accounted for unless the footer is hurt", async () => {
    const footer = scalars.length - 8 - scalars.readUInt32LE(scalars.length - 8);
    const path = join(dir, "damaged.parquet");
    const damages = fc.tuple(fc.integer({ min: 4, max: scalars.length - 1 }), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(damages, async ([at, change]) => {
        const bytes = Uint8Array.from(scalars);
        bytes[at]! ^= change;
        await Bun.write(path, bytes);
        await using input = await openInput(path, "damaged.parquet");
        let documents = 0;
        const lost: number[] = [];
        try {
          for await (const found of parquet.read(input, { maxDocumentBytes: 1_000_000 })) {
            if ("document" in found) documents++;
            else lost.push(rowsOf(found.reject.reason));
          }
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^parquet-/);
          expect(at).toBeGreaterThanOrEqual(footer);
        }
        if (at < footer) expect(documents + lost.reduce((sum, rows) => sum + rows, 0)).toBe(12);
      }),
      { numRuns: 200 },
    );
  });
});

/** A page of a repeated column of whole numbers, as the format's first version has it; two values, all there. */
function pageOf(repeated: readonly [0 | 1, 0 | 1], values: readonly [number, number], statistics = 0): number[] {
  const length = [(statistics & 0x7f) | 0x80, ((statistics >> 7) & 0x7f) | 0x80, statistics >> 14];
  const about = statistics === 0 ? [] : [0x1c, 0x18, ...length, ...new Array(statistics).fill(65), 0];
  // Kind, both sizes (20, zigzag), then values (2), the encodings of values and levels, statistics.
  const header = [0x15, 0, 0x15, 40, 0x15, 40, 0x2c, 0x15, 4, 0x15, 0, 0x15, 6, 0x15, 6, ...about, 0, 0];
  const levels = [2, 0, 0, 0, 3, repeated[0] | (repeated[1] << 1), 2, 0, 0, 0, 4, 1];
  return [...header, ...levels, ...values.flatMap((value) => [value, 0, 0, 0])];
}

describe("pages of a column", () => {
  const element = { name: "n", type: "INT32", repetition_type: "REPEATED" } as const;
  const leaf = { children: [], count: 1, element, path: ["n"] };
  const root = { children: [leaf], count: 2, element: { name: "root", num_children: 1 }, path: [] };

  async function rowsOfPages(pages: readonly number[][], rows: number): Promise<unknown[]> {
    const path = join(dir, "pages.bin");
    await Bun.write(path, Uint8Array.from([...Buffer.from("PAR1"), ...pages.flat()]));
    await using input = await openInput(path, "pages.bin");
    const sizes = { total_uncompressed_size: 0n, total_compressed_size: 0n, data_page_offset: 4n };
    const chunk: ColumnMetaData = {
      type: "INT32",
      encodings: [],
      path_in_schema: ["n"],
      codec: "UNCOMPRESSED",
      num_values: BigInt(2 * pages.length),
      ...sizes,
    };
    const column = new ColumnPages(input, [root, leaf], chunk, rows);
    const found: unknown[] = [];
    while (found.length < rows) {
      await column.load();
      found.push(...column.take(column.available));
    }
    return found;
  }

  test("are joined where a list goes on from one to the next", async () => {
    const pages = [pageOf([0, 1], [1, 2]), pageOf([1, 1], [3, 4]), pageOf([1, 0], [5, 6]), pageOf([0, 1], [7, 8])];
    expect(await rowsOfPages(pages, 3)).toEqual([[1, 2, 3, 4, 5], [6], [7, 8]]);
  });

  test("may have headers of any length", async () => {
    const pages = [pageOf([0, 1], [1, 2], 60_000), pageOf([0, 0], [3, 4], 16_380)];
    expect(await rowsOfPages(pages, 3)).toEqual([[1, 2], [3], [4]]);
  });

  test("that end too early are told with the rows that are missing", async () => {
    const rows = rowsOfPages([pageOf([0, 0], [1, 2])], 3);
    await expect(rows).rejects.toThrow("the column n ends after 2 of 3 rows");
  });
});

/** How many rows a refusal speaks of. */
function rowsOf(reason: string): number {
  const [, first, last] = /rows (\d+) to (\d+) cannot be read/.exec(reason) ?? [];
  return Number(last) - Number(first) + 1;
}
