/** What every format keeps to, shown on its fixtures. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { Document, type Segment } from "../../src/core/document.ts";
import { IngestSettings } from "../../src/ingest/config.ts";
import { detectFormat, formats } from "../../src/ingest/formats/index.ts";
import { decodeText } from "../../src/ingest/formats/shared/decode.ts";
import { openReaderPool, readItem } from "../../src/ingest/read.ts";
import { openInput } from "../../src/ingest/reader/open.ts";
import { itemAt, readFile } from "../support/read.ts";

export const FORMAT_FIXTURES = join(import.meta.dir, "..", "..", "fixtures", "formats");

/** Formats whose text is the source's own, line by line. */
const VERBATIM = new Set(["asciidoc", "code", "markdown", "rst", "text", "toml", "yaml"]);

/** Formats whose files have no lines, or none that their text stands on. */
const WITHOUT_LINES = new Set(["eml", "mbox", "ods", "parquet", "pdf", "tar", "xls", "xlsx", "zip"]);

/** Formats whose lines are those of the text itself. */
const OWN_LINES = new Set(["doc", "docx", "epub", "opendocument", "pptx"]);

/** Formats of files within files: their documents are of other kinds, too. */
const CONTAINERS = new Set(["eml", "mbox", "tar", "zip"]);

export function describeFormat(name: string): void {
  const folder = join(FORMAT_FIXTURES, name);
  const files = readdirSync(folder).map((file) => join(folder, file));

  describe(`format ${name}`, () => {
    test("is registered under its own name, with lowercase extensions", async () => {
      const format = await formats.load(name);
      expect(format.name).toBe(name);
      expect(format.extensions.length).toBeGreaterThan(0);
      for (const extension of format.extensions) expect(extension).toMatch(/^[a-z0-9]+$/);
    });

    test("has fixtures, and they are detected", async () => {
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        await using input = await openInput(file, file);
        expect(detectFormat(input.head, input.name)).toEqual({ format: name });
      }
    });

    for (const file of files) {
      const shown = file.slice(folder.length + 1);

      test(`${shown} gives valid documents and no reject, the same each time`, async () => {
        const { documents, rejects } = await readFile(file);
        expect(rejects).toEqual([]);
        expect(documents.length).toBeGreaterThan(0);
        for (const document of documents) {
          expect(v.safeParse(Document, document).issues).toBeUndefined();
          if (CONTAINERS.has(name)) expect([...formats.names]).toContain(document.kind);
          else expect(document.kind).toBe(name);
          expect(document.text).not.toContain("\r");
          expect(document.text.trim()).not.toBe("");
          expect(document.title).not.toBe("");
        }
        expect(new Set(documents.map((document) => document.uri)).size).toBe(documents.length);
        expect((await readFile(file)).documents).toEqual(documents);
      });

      test(`${shown} has ascending segments that name the right lines`, async () => {
        const { documents } = await readFile(file);
        const source = decodeText(await Bun.file(file).bytes()).text.split("\n");
        for (const { text, segments } of documents) {
          expectAscending(segments, text.length);
          if (OWN_LINES.has(name)) expectOwnLines(text, segments);
          else if (CONTAINERS.has(name)) continue;
          else if (VERBATIM.has(name) || segments.length === 0) expectSameLines(text, segments, source);
          else if (!WITHOUT_LINES.has(name)) expectWordsOnLines(text, segments, source);
        }
      });
    }

    test("is named when it exceeds the limit of a document", async () => {
      const { documents, rejects } = await readFile(files[0]!, { maxDocumentBytes: 5 });
      expect(documents).toEqual([]);
      expect(rejects.length).toBeGreaterThan(0);
      for (const reject of rejects) {
        expect(reject.code).toBe("document-too-large");
        expect(reject.reason).toContain("limit of 5");
        expect(reject.hint).toContain("--max-document-bytes");
      }
    });

    test("closes its file when the reader leaves early", async () => {
      const settings = v.parse(IngestSettings, {});
      await using pool = openReaderPool(settings);
      for await (const _ of readItem(await itemAt(files[0]!), settings, { pool })) break;
      expect(await isOpen(files[0]!)).toBe(false);
    });
  });
}

function expectAscending(segments: readonly Segment[], length: number): void {
  for (const [i, segment] of segments.entries()) {
    expect(segment.start).toBeLessThanOrEqual(length);
    if (i > 0) expect(segment.start).toBeGreaterThan(segments[i - 1]!.start);
  }
}

/** Each segment starts on the line of the text that it names. */
function expectOwnLines(text: string, segments: readonly Segment[]): void {
  for (const { start, line } of segments) expect(text.slice(0, start).split("\n").length).toBe(line);
}

/** The text is the source from the first segment's line on. */
function expectSameLines(text: string, segments: readonly Segment[], source: readonly string[]): void {
  const first = segments[0]?.line ?? 1;
  expect(text.split("\n")).toEqual(source.slice(first - 1));
}

/** The first word of each line of each segment stands on the line that the segment names. */
function expectWordsOnLines(text: string, segments: readonly Segment[], source: readonly string[]): void {
  for (const [i, segment] of segments.entries()) {
    const stretch = text.slice(segment.start, segments[i + 1]?.start);
    for (const [newlines, line] of stretch.split("\n").entries()) {
      // The column's name before a written-out value, a list's number, a fence's language: none stands on that line.
      const word = /[\p{L}\p{N}]+/u.exec(line.replace(/^\w+: |^\s*\d+\. |^`{3}\w*$/, ""))?.[0];
      if (word) expect(source[segment.line - 1 + (segment.step === 0 ? 0 : newlines)]).toContain(word);
    }
  }
}

async function isOpen(path: string): Promise<boolean> {
  if (process.platform !== "linux") {
    // Elsewhere at least nothing keeps the file from being opened again.
    await (await open(path)).close();
    return false;
  }
  return readdirSync("/proc/self/fd").some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  });
}
