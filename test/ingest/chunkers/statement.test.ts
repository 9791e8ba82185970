import { expect, test } from "bun:test";
import statement from "../../../src/ingest/chunkers/statement.ts";
import { documentOf } from "../../support/documents.ts";
import { pieces } from "../../support/token-counters.ts";

const options = { tokens: pieces, maxTokens: 16, overlapTokens: 0 };

test("a statement is one chunk, however long, with its tokens counted", () => {
  const text = `SELECT ${Array.from({ length: 200 }, (_, i) => `column_${i}`).join(", ")} FROM t`;
  const [chunk, ...rest] = statement.chunk(documentOf(text, "sql"), options);
  expect(rest).toEqual([]);
  expect(chunk).toMatchObject({ start: 0, end: text.length, text, headings: [], startLine: 1, endLine: 1 });
  expect(chunk!.tokens).toBe(pieces.count(text));
});

test("a statement keeps the line of its segment", () => {
  const document = documentOf("SELECT a\nFROM t", "sql", [{ start: 0, line: 40 }]);
  expect([...statement.chunk(document, options)]).toMatchObject([{ startLine: 40, endLine: 41 }]);
  const escaped = documentOf("SELECT a\nFROM t", "sql", [{ start: 0, line: 40, step: 0 }]);
  expect([...statement.chunk(escaped, options)]).toMatchObject([{ startLine: 40, endLine: 40 }]);
});

test("blank text is no statement", () => {
  expect([...statement.chunk(documentOf(" \n ", "sql"), options)]).toEqual([]);
});
