/** Lines and paragraphs against the plain definitions of Python's split and splitlines. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Lines, linesOf, splitLinesOf } from "../../../../src/curate/shared/text/lines.ts";
import { countParagraphs, countSplitParagraphs } from "../../../../src/curate/shared/text/paragraphs.ts";

const piece = fc.constantFrom("a", "b ", " b", "a\u00a0", "👍", " ", "\t", "\n", "\n", "\n\n", "\n\n\n", "line");
const otherEnd = fc.constantFrom("\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029");
const newlineText = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
const anyText = fc.array(fc.oneof(piece, otherEnd), { maxLength: 40 }).map((pieces) => pieces.join(""));

const spaces = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*";
const strip = (text: string) => text.replace(new RegExp(`^${spaces}`), "").replace(new RegExp(`${spaces}$`), "");

function expectLines(text: string, lines: Lines, count: number, expected: string[]): void {
  expect(count).toBe(expected.length);
  for (const [line, content] of expected.entries()) {
    expect(text.slice(lines.starts[line], lines.ends[line])).toBe(content);
    expect(text.slice(lines.inkStarts[line], lines.inkEnds[line])).toBe(strip(content));
    expect(lines.points[line]).toBe([...content].length);
    expect(lines.firstEqual[line]).toBe(expected.indexOf(content));
  }
}

describe("lines", () => {
  test("between newlines are those of text.split", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const lines = linesOf(text);
        expectLines(text, lines, lines.count, text.split("\n"));
      }),
    );
  });

  test("of every kind of end are those of str.splitlines", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const expected = text.split(/\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/);
        if (expected.at(-1) === "") expected.pop();
        const lines = splitLinesOf(text);
        expectLines(text, lines, lines.splitCount, expected);
      }),
    );
  });

  test("of which thousands are equal are found equal", () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `line ${i % 7_000}`).join("\n");
    const { firstEqual } = linesOf(text);
    expect([firstEqual[6_999], firstEqual[7_000], firstEqual[19_999]]).toEqual([6_999, 0, 5_999]);
  });
});

function duplicatesOf(parts: string[]) {
  const repeated = parts.filter((part, i) => parts.indexOf(part) < i);
  const duplicatePoints = repeated.reduce((sum, part) => sum + [...part].length, 0);
  return { count: parts.length, duplicates: repeated.length, duplicatePoints };
}

describe("paragraphs", () => {
  test("between empty lines of the stripped text are counted as Python's re.split gives them", () => {
    fc.assert(
      fc.property(newlineText, (text) => {
        expect(countParagraphs(text)).toEqual(duplicatesOf(strip(text).split(/\n{2,}/)));
      }),
      { numRuns: 1000 },
    );
  });

  test("between two newlines are counted as Python's str.split gives them", () => {
    fc.assert(
      fc.property(newlineText, (text) => {
        expect(countSplitParagraphs(text)).toEqual(duplicatesOf(text.split("\n\n")));
      }),
    );
  });
});
