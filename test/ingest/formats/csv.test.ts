/** Tables: the parser gives back what was written, however the file is cut, and one bad row costs itself. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as referenceParse } from "csv-parse/sync";
import fc from "fast-check";
import { detectDialect } from "../../../src/ingest/formats/shared/csv-dialect.ts";
import { CsvParser } from "../../../src/ingest/formats/shared/csv-parser.ts";
import { readFile } from "../../support/read.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-csv-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function read(content: string | Uint8Array, settings: object = {}, name = "table.csv") {
  await writeFile(join(dir, name), content);
  return readFile(join(dir, name), settings);
}

function parse(text: string, cut: number, limit = 1_000_000) {
  const parser = new CsvParser(",", limit);
  const records = [];
  for (let at = 0; at < text.length; at += cut) records.push(...parser.push(text.slice(at, at + cut)));
  records.push(...parser.push("", true));
  return records;
}

const cell = fc.string({ unit: fc.constantFrom("a", "é", "😀", " ", ",", '"', "\n", "\r\n", "x"), maxLength: 6 });
const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 });
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe("parser", () => {
  test("gives back every table, however it is cut, with the line of every field", () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 9 }), fc.boolean(), (rows, cut, last) => {
        const text = rows.map((row) => row.map(quoted).join(",")).join("\r\n") + (last ? "\r\n" : "");
        let at = 0;
        const expected = rows.map((row) => {
          const lines = row.map((field) => {
            const line = text.slice(0, at).split("\n").length;
            at += quoted(field).length + 1;
            return line;
          });
          at += 1; // a newline of two characters stands where a delimiter was counted
          return { fields: row, lines, raw: row.map(quoted).join(",") };
        });
        const records = parse(text, cut);
        expect(records).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("agrees with another parser on tables with and without quotes", () => {
    const plain = fc.string({ unit: fc.constantFrom("a", "é", " ", "1", "\t"), minLength: 1, maxLength: 5 });
    const written = fc.oneof(plain, cell.map(quoted));
    const lines = fc.array(fc.array(written, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 9 }), fc.constantFrom("\n", "\r\n"), (rows, cut, newline) => {
        const text = rows.map((row) => row.join(",")).join(newline);
        const reference = referenceParse(text, { relax_column_count: true, record_delimiter: newline });
        expect(parse(text, cut).map((record) => "fields" in record && record.fields)).toEqual(reference);
      }),
      { numRuns: 300 },
    );
  });

  test("takes unquoted fields with quotes inside, empty fields and any newline", () => {
    expect(parse('a "b" c,,d\r1,2,\n', 3).map((record) => "fields" in record && record.fields)).toEqual([
      ['a "b" c', "", "d"],
      ["1", "2", ""],
    ]);
    expect(parse('"a"b,c\n', 2).map((record) => "fields" in record && record.fields)).toEqual([['"a"b', "c"]]);
  });

  test("goes on after the first line of a row whose quote is never closed", () => {
    const records = parse('a,b\n1,"open\n2,x\n3,y\n', 4);
    expect(records.map((record) => ("fields" in record ? record.fields : record.problem))).toEqual([
      ["a", "b"],
      "unclosed-quote",
      ["2", "x"],
      ["3", "y"],
    ]);
  });

  test("lets go of a row over the limit while it streams", () => {
    const records = parse(`a,b\n${"x".repeat(5_000)},1\n2,y\n`, 100, 1_000);
    expect(records).toMatchObject([
      { fields: ["a", "b"] },
      { problem: "too-long", line: 2, length: 5_002 },
      { fields: ["2", "y"], lines: [3, 3] },
    ]);
  });

  test("takes a quote with lines beyond the limit for one that is never closed", () => {
    const lines = Array.from({ length: 200 }, (_, i) => `${i},row\n`).join("");
    const records = parse(`a,b\n1,"open\n${lines}`, 64, 500);
    expect(records.filter((record) => "problem" in record)).toMatchObject([{ problem: "unclosed-quote", line: 2 }]);
    expect(records.length).toBe(202);
  });
});

describe("dialect", () => {
  test("is the delimiter that gives the same columns in every row", () => {
    expect(detectDialect("a;b\n1,5;2\n3,5;4\n", "csv").delimiter).toBe(";");
    expect(detectDialect("a\tb\n1, 2\t3\n", "txt").delimiter).toBe("\t");
    expect(detectDialect("a|b|c\n1|2|3\n", "csv").delimiter).toBe("|");
    expect(detectDialect("one column\nof, text\n", "csv").delimiter).toBe(",");
    expect(detectDialect("one\ntwo\n", "tsv").delimiter).toBe("\t");
  });

  test("has a header when the first row holds names", () => {
    expect(detectDialect("id,text\n1,x\n", "csv").header).toBe(true);
    expect(detectDialect(",text\n0,x\n", "csv").header).toBe(true);
    expect(detectDialect("1,x\n2,y\n", "csv").header).toBe(false);
    expect(detectDialect("same,same\na,b\n", "csv").header).toBe(false);
  });
});

describe("file", () => {
  test("with a mark, quotes, CRLF and semicolons gives rows with fields, ids and lines", async () => {
    const { documents, rejects, guesses } = await read('\ufeffid;title;text;n\r\n7;One;"a ""b""\r\nc";1\r\n8;Two;d;2');
    expect(rejects).toEqual([]);
    expect(guesses).toEqual([{ textField: "text", idField: "id", titleField: "title", dialect: "semicolon, header" }]);
    expect(documents).toEqual([
      {
        uri: "table.csv#id=7",
        kind: "csv",
        title: "One",
        lang: null,
        text: 'a "b"\nc',
        segments: [{ start: 0, line: 2, step: 1 }],
        row: 1,
        metadata: { id: "7", n: "1" },
      },
      {
        uri: "table.csv#id=8",
        kind: "csv",
        title: "Two",
        lang: null,
        text: "d",
        segments: [{ start: 0, line: 4, step: 1 }],
        row: 2,
        metadata: { id: "8", n: "2" },
      },
    ]);
  });

  test("without a text column writes every field out", async () => {
    const { documents, guesses } = await read("city,people\nOslo,700000\nBergen,290000\n");
    expect(documents.map((document) => document.text)).toEqual([
      "city: Oslo\npeople: 700000",
      "city: Bergen\npeople: 290000",
    ]);
    expect(documents.map((document) => document.uri)).toEqual(["table.csv#row=1", "table.csv#row=2"]);
    expect(guesses[0]).toMatchObject({ textField: null, idField: null });
  });

  test("takes the fields it is told, and refuses one that is not there", async () => {
    const content = "a,b\nx1,y1\nx2,y2\n";
    const told = await read(content, { textField: "b", idField: "a" });
    expect(told.documents.map(({ uri, text }) => [uri, text])).toEqual([
      ["table.csv#id=x1", "y1"],
      ["table.csv#id=x2", "y2"],
    ]);
    const wrong = await read(content, { textField: "c" });
    expect(wrong.rejects).toMatchObject([{ code: "field-missing", hint: expect.stringContaining("fields: a, b") }]);
  });

  test("keeps good rows beside ragged ones, which are named by row and line", async () => {
    const { documents, rejects } = await read("a,b\n1,2\n3\n4,5,6\n7,8\n");
    expect(documents.map((document) => document.row)).toEqual([1, 4]);
    expect(rejects).toMatchObject([
      { uri: "table.csv", row: 2, code: "row-ragged", excerpt: "3", reason: expect.stringContaining("line 3") },
      { uri: "table.csv", row: 3, code: "row-ragged", excerpt: "4,5,6" },
    ]);
  });

  test("gives rows with one id different uris", async () => {
    const rows = Array.from({ length: 25 }, (_, i) => `${i},text ${i}\n`).join("");
    const { documents } = await read(`id,text\n${rows}3,again\n`);
    expect(new Set(documents.map((document) => document.uri)).size).toBe(26);
    expect(documents.at(-1)!.uri).toBe("table.csv#id=3&row=26");
  });

  test("in Windows-1252 is read as such although its beginning is plain ASCII", async () => {
    const filler = "plain,row\n".repeat(20_000);
    const { documents } = await read(Buffer.from(`a,b\n${filler}caf\xe9,na\xefve\n`, "latin1"));
    expect(documents.at(-1)!.text).toBe("a: café\nb: naïve");
  });

  test("in UTF-16 and with tabs", async () => {
    const { documents } = await read(Buffer.from("\ufefftitle\ttext\nEins\tGrün\n", "utf16le"), {}, "table.tsv");
    expect(documents).toMatchObject([{ title: "Eins", text: "Grün" }]);
  });

  test("that is empty, or only a header, gives nothing", async () => {
    expect(await read("")).toMatchObject({ documents: [], rejects: [] });
    expect(await read("id,text\n")).toMatchObject({ documents: [], rejects: [] });
  });
});
