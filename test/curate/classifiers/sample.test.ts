/** Goal: the pieces that stand for a long text come from all over it, always the same ones. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { sample } from "../../../src/curate/classifiers/language/sample.ts";

const text = fc.array(fc.constantFrom("a", "word", " ", "\n", "中文", "é", "longer-word"), { maxLength: 400 });

test("a short text is its own only piece", () => {
  expect(sample("a b c", 5)).toEqual(["a b c"]);
  expect(sample("", 5)).toEqual([""]);
});

test("pieces are at most four stretches of the text, in its order, none longer than asked for", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 50, max: 400 }), (parts, size) => {
      const whole = parts.join("");
      const pieces = sample(whole, size);
      expect(pieces.length).toBeLessThanOrEqual(4);
      let from = 0;
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(size);
        const at = whole.indexOf(piece, from);
        expect(at).toBeGreaterThanOrEqual(from);
        from = at;
      }
      expect(sample(whole, size)).toEqual(pieces);
    }),
  );
});

test("the first piece begins the text, the last one ends it, and the others begin with words", () => {
  const whole = Array.from({ length: 2_000 }, (_, i) => `word${i}`).join(" ");
  const pieces = sample(whole, 400);
  expect(pieces).toHaveLength(4);
  expect(pieces[0]).toStartWith("word0 word1 ");
  expect(pieces[3]).toEndWith(" word1999");
  for (const piece of pieces) expect(piece).toMatch(/^word\d+ /);
  for (const [third, start] of [600, 1_300].entries()) {
    expect(Number(/\d+/.exec(pieces[third + 1]!)![0])).toBeGreaterThan(start);
  }
});
