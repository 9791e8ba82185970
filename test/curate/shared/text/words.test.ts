/** Words between spaces, and words as spaCy splits them. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { splitStretch } from "../../../../src/curate/shared/text/spacy/split.ts";
import { factShift, pointsFact } from "../../../../src/curate/shared/text/word-table.ts";
import { stretchesOf, wordsOf } from "../../../../src/curate/shared/text/words.ts";
import { nastyText } from "../../../support/nasty-text.ts";

function split(stretch: string): string[] {
  const ends = splitStretch(stretch);
  return ends.map((end, i) => stretch.slice(ends[i - 1] ?? 0, end));
}

describe("spaCy's English words", () => {
  // Each as spacy.blank("en") 3.8.18 gives it.
  test.each([
    ["don't", "do|n't"],
    ["don’t", "do|n’t"],
    ["I'll've", "I|'ll|'ve"],
    ["cannot", "can|not"],
    ["rock'n'roll", "rock'n'roll"],
    ["dog's", "dog|'s"],
    ["(e.g.,", "(|e.g.|,"],
    ["U.S.A.", "U.S.A."],
    ["end.", "end|."],
    ["end.Start", "end|.|Start"],
    ["wait...", "wait|..."],
    ["wait……", "wait|……"],
    ["well-known", "well|-|known"],
    ["well--known", "well|--|known"],
    ["1-2", "1|-|2"],
    ["3.14", "3.14"],
    ["2+2=4", "2|+|2=4"],
    ["$1,000.00", "$|1,000.00"],
    ["120m", "120|m"],
    ["10km/h", "10|km/h"],
    ["20°C.", "20|°|C|."],
    ["5:30pm", "5:30pm"],
    ["5pm", "5|pm"],
    ["a/b", "a|/|b"],
    [":-)", ":-)"],
    ["fine:)", "fine|:)"],
    ["https://example.org/a?b=c", "https://example.org/a?b=c"],
    ["mail@example.com,", "mail@example.com|,"],
    ["“quoted”", "“|quoted|”"],
    ["👍👍", "👍|👍"],
    ["日本語。テスト", "日本語。テスト"],
    ["=====", "=|=|=|=|="],
    ["'", "'"],
  ])("%s are %s", (stretch, expected) => {
    expect(split(stretch).join("|")).toBe(expected);
  });

  test("of a stretch are the stretch again when joined", () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        for (const stretch of text.split(/\s+/u)) if (stretch !== "") expect(split(stretch).join("")).toBe(stretch);
      }),
    );
  });

  test("of a hundred thousand marks are found without looking at each of them again and again", () => {
    expect(splitStretch("=".repeat(100_000)).length).toBe(100_000);
    expect(splitStretch(`${".".repeat(100_000)}a`)).toEqual([100_000, 100_001]);
  });
});

describe("stretches", () => {
  test("are those of Python's str.split, and equal ones have equal numbers", () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        const expected = text.split(/[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u);
        const stretches = expected.filter((stretch) => stretch !== "");
        const { ids, starts, count, table } = stretchesOf(text);
        expect(Array.from(ids.subarray(0, count), (id) => table.textOf(id))).toEqual(stretches);
        for (let i = 0; i < count; i++) {
          expect(text.startsWith(stretches[i]!, starts[i])).toBe(true);
          expect(ids[i]).toBe(ids[stretches.indexOf(stretches[i]!)]!);
        }
      }),
    );
  });

  test("know the length of their words in code points", () => {
    const { ids, table } = stretchesOf("a👍é 日本");
    const points = (i: number) => table.facts[(ids[i]! << factShift) + pointsFact];
    expect([points(0), points(1)]).toEqual([3, 2]);
  });

  test("of one text do not change with the texts before", () => {
    const read = (text: string) => {
      const { ids, count, stretches } = wordsOf(text);
      return Array.from(ids.subarray(0, count), (id) => stretches.table.textOf(id));
    };
    const first = read("It's the end, isn't it?");
    read(Array.from({ length: 600_000 }, (_, i) => `w${i}`).join(" "));
    expect(read("It's the end, isn't it?")).toEqual(first);
  });
});
