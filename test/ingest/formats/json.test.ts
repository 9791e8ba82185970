/** JSON and JSON lines: rows stream, a bad one is named and costs itself, lines are true. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { splitLines } from "../../../src/ingest/formats/shared/bytes.ts";
import { splitArray } from "../../../src/ingest/formats/shared/json-array.ts";
import { readFile } from "../../support/read.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-json-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function read(name: string, content: string | Uint8Array, settings: object = {}) {
  await writeFile(join(dir, name), content);
  return readFile(join(dir, name), settings);
}

async function* cutInto(text: string, size: number) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("JSON lines", () => {
  test("give a document a row, with the fields that were guessed", async () => {
    const { documents, guesses, rejects } = await read(
      "a.jsonl",
      '{"_id":"k 1","headline":"H","body":"first\\nline","n":2,"tags":["x","y"],"deep":{"a":[1]}}\n\n' +
        '{"_id":"k2","headline":"I","body":"second","n":null,"tags":[],"deep":true}\n',
    );
    expect(rejects).toEqual([]);
    expect(guesses).toEqual([{ textField: "body", idField: "_id", titleField: "headline" }]);
    expect(documents).toEqual([
      {
        uri: "a.jsonl#id=k%201",
        kind: "jsonl",
        title: "H",
        lang: null,
        text: "first\nline",
        segments: [{ start: 0, line: 1, step: 0 }],
        row: 1,
        metadata: { _id: "k 1", n: 2, tags: ["x", "y"], deep: '{"a":[1]}' },
      },
      {
        uri: "a.jsonl#id=k2",
        kind: "jsonl",
        title: "I",
        lang: null,
        text: "second",
        segments: [{ start: 0, line: 3, step: 0 }],
        row: 3,
        metadata: { _id: "k2", n: null, tags: [], deep: true },
      },
    ]);
  });

  test("name each bad row by its line, and keep the others", async () => {
    const { documents, rejects } = await read("b.jsonl", '{"text":"a"}\n{"text":\n[1]\n7\n"just text"\n{"text":"z"}');
    expect(documents.map(({ text, row }) => [row, text])).toEqual([
      [1, "a"],
      [5, "just text"],
      [6, "z"],
    ]);
    expect(rejects.map(({ row, code, excerpt }) => [row, code, excerpt])).toEqual([
      [2, "row-not-json", '{"text":'],
      [3, "row-not-object", "[1]"],
      [4, "row-not-object", "7"],
    ]);
  });

  test("refuse a row without the field that was told, by its name", async () => {
    const content = '{"a":{"b":"deep text"},"c":1}\n{"c":2}\n';
    const { documents, rejects } = await read("c.jsonl", content, { textField: "a.b" });
    expect(documents.map((document) => document.text)).toEqual(["deep text"]);
    expect(rejects).toMatchObject([
      { row: 2, field: "a.b", code: "field-missing", hint: expect.stringContaining("--text-field") },
    ]);
  });

  test("write out every field of a row that lacks the guessed one", async () => {
    const { documents } = await read("d.jsonl", '{"text":"a"}\n{"text":"b"}\n{"other":"c","n":1}\n');
    expect(documents[2]!.text).toBe("other: c\nn: 1");
  });

  test("take lone surrogates, NULs and broken bytes without losing the row", async () => {
    const bad = Buffer.concat([
      Buffer.from('{"text":"caf'),
      Buffer.from([0xe9]),
      Buffer.from('"}\n{"text":"x\\ud800y\\u0000z"}\n'),
    ]);
    const { documents } = await read("e.jsonl", bad);
    expect(documents.map((document) => document.text)).toEqual(["café", "x\ufffdyz"]);
    expect(documents[0]!.metadata.note).toBe("read as windows-1252");
  });

  test("use a language field, and find the language of long rows without one", async () => {
    const text = "The harbour master wrote down when the water came and when it went, every day of the year.";
    const { documents } = await read("f.jsonl", `{"text":"x","lang":"de-AT"}\n${JSON.stringify({ text })}\n`);
    expect(documents.map((document) => document.lang)).toEqual(["de", "en"]);
  });

  test("name a row over the limit while it streams, and read on", async () => {
    const { documents, rejects } = await read(
      "g.jsonl",
      `{"text":"a"}\n{"text":"${"x".repeat(3_000_000)}"}\n{"text":"b"}\n`,
      {
        maxDocumentBytes: 1_000,
      },
    );
    expect(documents.map((document) => document.row)).toEqual([1, 3]);
    expect(rejects).toMatchObject([
      { row: 2, code: "document-too-large", reason: expect.stringContaining("3000011 bytes") },
    ]);
    expect(rejects[0]!.excerpt!.length).toBeLessThanOrEqual(500);
  });
});

describe("a JSON list", () => {
  test("is split into its elements, however the file is cut", async () => {
    const json = fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown);
    await fc.assert(
      fc.asyncProperty(
        fc.array(json, { maxLength: 6 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(0, 2),
        async (list, cut, indent) => {
          const found: unknown[] = [];
          for await (const piece of splitArray(cutInto(JSON.stringify(list, null, indent), cut), 1e6)) {
            if ("bytes" in piece) found.push(JSON.parse(Buffer.from(piece.bytes).toString()));
          }
          expect(found).toEqual(list);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("of objects gives rows with the line of the field that holds the text", async () => {
    const { documents, rejects } = await read(
      "rows.json",
      '[\n  {"id": 1, "text": "one"},\n  {\n    "id": 2,\n    "nested": {"text": "no"},\n    "text": "two"\n  },\n  {"id": 3, "text": }\n]\n',
    );
    expect(documents.map(({ uri, text, segments }) => [uri, text, segments[0]!.line])).toEqual([
      ["rows.json#id=1", "one", 2],
      ["rows.json#id=2", "two", 6],
    ]);
    expect(rejects).toMatchObject([{ row: 3, code: "row-not-json", reason: expect.stringContaining("line 8") }]);
  });

  test("that is cut off gives the rows before, and names the last", async () => {
    const { documents, rejects } = await read("cut.json", '[{"text":"a"},{"text":"b"},{"tex');
    expect(documents.map((document) => document.text)).toEqual(["a", "b"]);
    expect(rejects).toMatchObject([{ row: 3, code: "row-not-json" }]);
  });
});

describe("other JSON", () => {
  test("is one document, kept as it is written, named by its title or name", async () => {
    const content = '{\n  "name": "thing",\n  "description": "what it is"\n}\n';
    const { documents } = await read("one.json", content);
    expect(documents).toMatchObject([
      { uri: "one.json", title: "thing", text: content, metadata: { description: "what it is" } },
    ]);
  });

  test("with comments is kept as text, with a note", async () => {
    const { documents } = await read("comments.json", '// why\n{ "a": 1, }\n');
    expect(documents).toMatchObject([
      { kind: "json", text: '// why\n{ "a": 1, }\n', metadata: { note: expect.stringContaining("not strict JSON") } },
    ]);
  });
});

test("lines of a stream come out whole, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom("a", "é", "\r") })),
      fc.integer({ min: 1, max: 5 }),
      async (lines, cut) => {
        const found: [number, string][] = [];
        for await (const piece of splitLines(cutInto(lines.map((line) => `${line}\n`).join(""), cut), 100)) {
          if ("bytes" in piece) found.push([piece.line, Buffer.from(piece.bytes).toString()]);
        }
        expect(found).toEqual(lines.map((line, i) => [i + 1, line]));
      },
    ),
  );
});
