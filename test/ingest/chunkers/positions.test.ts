/** Goal: an offset of a document's text leads back to its line and page in the source. */
import { expect, test } from "bun:test";
import { positionAt, positionsOf } from "../../../src/ingest/chunkers/shared/positions.ts";
import { documentOf } from "../../support/documents.ts";

test("without segments, lines are counted from the first", () => {
  const at = positionsOf(documentOf("a\nb\n\nc"));
  expect([0, 1, 2, 4, 5].map((offset) => at(offset).line)).toEqual([1, 1, 2, 3, 4]);
  expect(at(0).page).toBeNull();
});

test("a segment counts on from its own line, whatever stands before it", () => {
  const document = documentOf("a\nb\nc\nd", "text", [{ start: 2, line: 10 }]);
  expect([0, 2, 4, 6].map((offset) => positionAt(document, offset).line)).toEqual([1, 10, 11, 12]);
});

test("a segment with step 0 keeps its whole text on one line", () => {
  const document = documentOf("a\nb\nc", "csv", [{ start: 0, line: 7, step: 0 }]);
  expect(positionAt(document, 4).line).toBe(7);
});

test("pages hold until the next segment", () => {
  const document = documentOf("one\ntwo\nthree", "pdf", [
    { start: 0, line: 1, page: 1 },
    { start: 4, line: 1, page: 2 },
  ]);
  expect(positionAt(document, 3)).toEqual({ line: 1, page: 1 });
  expect(positionAt(document, 9)).toEqual({ line: 2, page: 2 });
});

test("text before the first segment counts from line 1", () => {
  const document = documentOf("a\nb\nc", "text", [{ start: 4, line: 30, page: 2 }]);
  expect(positionAt(document, 2)).toEqual({ line: 2, page: null });
});
