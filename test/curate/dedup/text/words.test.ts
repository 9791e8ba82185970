/** Goal: words are the runs of letters and digits of any script, in lower case, whatever the text. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Words } from "../../../../src/curate/dedup/text/words.ts";
import { nastyText } from "../../../support/nasty-text.ts";

function split(text: string, normalize = true) {
  const words = new Words(normalize);
  words.split(text);
  const at = (index: number) =>
    String.fromCharCode(...words.units.subarray(words.unitStart(index), words.unitEnds[index]));
  return Array.from({ length: words.count }, (_, i) => ({ word: at(i), start: words.starts[i]!, end: words.ends[i]! }));
}

const alone = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** By regular expressions, code point for code point. */
function byExpressions(text: string): { word: string; start: number; end: number }[] {
  const words: { word: string; start: number; end: number }[] = [];
  let open = false;
  let at = 0;
  for (const char of text) {
    const start = at;
    at += char.length;
    if (!/^[\p{L}\p{N}\p{M}]$/u.test(char)) {
      open = false;
      continue;
    }
    // Lower case that is longer (İ), or of characters beyond 16 bits, is left alone.
    const small = char.length === 1 && char.toLowerCase().length === 1 ? char.toLowerCase() : char;
    if (open && !alone.test(char)) {
      words.at(-1)!.word += small;
      words.at(-1)!.end = at;
    } else words.push({ word: small, start, end: at });
    open = !alone.test(char);
  }
  return words;
}

describe("normalized words", () => {
  test("are in lower case, without punctuation, with their places", () => {
    expect(split("Don't  STOP – naïve\u0301 x2!")).toEqual([
      { word: "don", start: 0, end: 3 },
      { word: "t", start: 4, end: 5 },
      { word: "stop", start: 7, end: 11 },
      { word: "naïve\u0301", start: 14, end: 20 },
      { word: "x2", start: 21, end: 23 },
    ]);
  });

  test("are single characters in scripts without spaces, also beyond 16 bits", () => {
    expect(split("漢字kana𠀀𝒳y").map(({ word }) => word)).toEqual(["漢", "字", "kana", "𠀀", "𝒳y"]);
  });

  test("equal those that regular expressions find", () => {
    const text = fc.oneof(
      nastyText,
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."aÀ漢\ud83d\ude00𠀀 .\udc00") }),
    );
    fc.assert(
      fc.property(text, (given) => {
        expect(split(given)).toEqual(byExpressions(given));
      }),
      { numRuns: 1_000 },
    );
  });
});

test("a long text of ideographs has as many words, each with a space that the text had not", () => {
  const words = new Words(true);
  words.split(`${"x".repeat(50_000)} ${"漢".repeat(100_000)}`);
  expect([words.count, words.length, words.unitEnds[100_000]]).toEqual([100_001, 250_001, 250_000]);
  expect(words.units[249_999]).toBe("漢".charCodeAt(0));
});

test("words as they are stand between white space", () => {
  expect(split(" Don't\tSTOP\u00a0“x”\n", false).map(({ word }) => word)).toEqual(["Don't", "STOP", "“x”"]);
});

test("words of a part of a text, and after a longer text, are those of the part", () => {
  const words = new Words(true);
  words.split("one two three four");
  words.split("one two three four", 4, 10);
  expect([words.count, words.starts[0], words.ends[1]]).toEqual([2, 4, 10]);
  expect(String.fromCharCode(...words.units.subarray(0, words.length))).toBe("two th ");
});
