/** Goal: merging is right for words of any length, and its time grows with the word, not with its square. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Merger } from "../../../src/tokenizers/models/merge.ts";
import { MergeTable } from "../../../src/tokenizers/models/merge-table.ts";

type Merges = [left: number, right: number, merged: number][];

/** By the book: again and again the leftmost pair of the lowest rank. */
function mergedByTheBook(word: readonly number[], merges: Merges): number[] {
  const symbols = [...word];
  for (;;) {
    let best = merges.length;
    let at = -1;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const rank = merges.findLastIndex(([left, right]) => left === symbols[i] && right === symbols[i + 1]);
      if (rank >= 0 && rank < best) [best, at] = [rank, i];
    }
    if (at < 0) return symbols;
    symbols.splice(at, 2, merges[best]![2]);
  }
}

const merge = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 2, max: 9 }));

describe("a merger", () => {
  test.each([
    ["short", 2, 40],
    ["long", 49, 120],
  ])("merges %s words as the definition says, and keeps where symbols lie", (_, minLength, maxLength) => {
    const word = fc.array(fc.integer({ min: 0, max: 3 }), { minLength, maxLength });
    fc.assert(
      fc.property(
        word,
        fc.uniqueArray(merge, { selector: ([a, b]) => a * 10 + b, maxLength: 12 }),
        (symbols, merges) => {
          const ids = Int32Array.from(symbols);
          const starts = ids.map((_, i) => i);
          const ends = ids.map((_, i) => i + 1);
          const count = new Merger(new MergeTable(merges, merges.length)).merge(ids, ids.length, starts, ends);
          expect([...ids.subarray(0, count)]).toEqual(mergedByTheBook(symbols, merges));
          expect([0, ...ends.subarray(0, count)]).toEqual([...starts.subarray(0, count), symbols.length]);
        },
      ),
    );
  });

  test("merges a word of a million symbols", () => {
    // 0 0 → 1, 1 1 → 2, … 9 9 → 10: runs of 1,024 become one symbol.
    const merges = Array.from({ length: 10 }, (_, i): [number, number, number] => [i, i, i + 1]);
    const ids = new Int32Array(1_024 * 1_000);
    const count = new Merger(new MergeTable(merges, merges.length)).merge(ids, ids.length);
    expect(count).toBe(1_000);
    expect(ids.subarray(0, count).every((id) => id === 10)).toBe(true);
  });
});
