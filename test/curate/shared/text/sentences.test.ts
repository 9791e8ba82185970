/** Sentences as spaCy's sentencizer counts them, on whole texts and on single lines. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { stripped } from "../../../../src/curate/shared/text/characters.ts";
import { countSentences, countSentencesOf } from "../../../../src/curate/shared/text/sentences.ts";
import { wordsOf } from "../../../../src/curate/shared/text/words.ts";

function countIn(text: string): number {
  const words = wordsOf(text);
  return countSentences(text, words, 0, words.stretches.count);
}

describe("sentences", () => {
  // Each as spacy.blank("en") 3.8.18 with the sentencizer gives it.
  test.each([
    ["One. Two! Three?", 3],
    ["No mark at all", 1],
    ["“Stop!” she said. Then she left.", 3],
    ["Wait... what?", 1],
    ["Dr. Ibsen paid $3.50 at 5 p.m. sharp.", 1],
    ["He left (at last.) Nobody saw it.", 2],
    ["One.  Two.", 2],
    ["One.  . Two.", 3],
    ["One.\t) Two.", 2],
    ["Ends.end in the middle", 1],
    ["。！", 1],
  ])("in %p are %d", (text, expected) => {
    expect(countIn(text)).toBe(expected);
  });

  test("of a line are the same counted alone or as part of a text", () => {
    const part = fc.constantFrom(
      "One",
      "two",
      ".",
      "!",
      "?",
      "...",
      "…",
      ")",
      "”",
      " ",
      " ",
      "  ",
      "\t",
      "\ufeff",
      "\x1c",
      "e.g.",
      "U.S.",
      "it's",
      "。",
      "👍",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const line = stripped(parts.join(""));
        expect(countSentencesOf(line)).toBe(countIn(line));
      }),
    );
  });
});
