/** Repeated n-grams against the plain loops of datatrove, dolma and NeMo Curator, written over strings. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  copiesShare,
  coveredDuplicates,
  type Measured,
  measureWords,
  pointsOf,
  skippingDuplicates,
  topGram,
  visitLevels,
} from "../../../../src/curate/shared/text/repetition.ts";
import { stretchesOf } from "../../../../src/curate/shared/text/words.ts";

const vocabulary = ["a", "bb", "ccc", "👍", "ée"];
/** Few words and repeated stretches, so that n-grams of all lengths repeat and overlap. */
const words = fc
  .array(
    fc.oneof(fc.constantFrom(...vocabulary), fc.constantFrom("a a a", "bb ccc a bb ccc a bb ccc a bb ccc", "x y")),
    {
      maxLength: 40,
    },
  )
  .map((parts) =>
    parts
      .join(" ")
      .split(" ")
      .filter((word) => word !== ""),
  );

const gramsOf = (list: string[], n: number) =>
  Array.from({ length: Math.max(0, list.length - n + 1) }, (_, i) => list.slice(i, i + n));
const points = (list: string[]) => [...list.join("")].length;

function forEachLevel(
  list: string[],
  check: (n: number, measured: Measured, level: Parameters<typeof topGram>[1]) => void,
) {
  const { ids, count, table } = stretchesOf(list.join(" "));
  const measured = measureWords(ids, count, table);
  const seen: number[] = [];
  visitLevels(measured, (level) => {
    seen.push(level.n);
    check(level.n, measured, level);
  });
  expect(seen).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

describe("repeated n-grams", () => {
  test("the most frequent one is that of Python's Counter.most_common, the first one on a tie", () => {
    fc.assert(
      fc.property(words, (list) => {
        forEachLevel(list, (n, measured, level) => {
          const counts = new Map<string, number>();
          for (const gram of gramsOf(list, n)) counts.set(gram.join(" "), (counts.get(gram.join(" ")) ?? 0) + 1);
          const [best] = [...counts].toSorted(([, a], [, b]) => b - a);
          const top = topGram(measured, level);
          expect(top && [list.slice(top.at, top.at + n).join(" "), top.times]).toEqual(best);
          if (top) expect(pointsOf(measured, top.at, n)).toBe(points(list.slice(top.at, top.at + n)));
        });
      }),
    );
  });

  test("their characters are counted as by find_all_duplicate of datatrove", () => {
    fc.assert(
      fc.property(words, (list) => {
        forEachLevel(list, (n, measured, level) => {
          const unique = new Set<string>();
          let repeated = 0;
          for (let at = 0; at < list.length - n + 1; ) {
            const gram = list.slice(at, at + n);
            const known = unique.has(gram.join(" "));
            if (known) repeated += points(gram);
            unique.add(gram.join(" "));
            at += known ? n : 1;
          }
          expect(skippingDuplicates(measured, level)).toBe(repeated);
        });
      }),
    );
  });

  test("every copy is counted as by dolma", () => {
    fc.assert(
      fc.property(words, (list) => {
        forEachLevel(list, (n, measured, level) => {
          const grams = gramsOf(list, n);
          const keys = grams.map((gram) => gram.join(" "));
          const all = grams.reduce((sum, gram) => sum + points(gram), 0);
          const repeated = grams.filter((_, i) => keys.indexOf(keys[i]!) !== keys.lastIndexOf(keys[i]!));
          const share = repeated.reduce((sum, gram) => sum + points(gram), 0) / Math.max(all, 1);
          expect(copiesShare(measured, level)).toBeCloseTo(share, 12);
        });
      }),
    );
  });

  test("each word is counted once, with spaces, as by NeMo Curator", () => {
    fc.assert(
      fc.property(words, (list) => {
        forEachLevel(list, (n, measured, level) => {
          const counts = new Map<string, number>();
          let duplicated = 0;
          let overlap = 0;
          for (const gram of gramsOf(list, n)) {
            const times = (counts.get(gram.join(" ")) ?? 0) + 1;
            counts.set(gram.join(" "), times);
            if (times > 1) {
              duplicated += points(gram.slice(overlap)) + Math.min(n - overlap, n - 1);
              overlap = n;
            }
            overlap = Math.max(overlap - 1, 0);
          }
          expect(coveredDuplicates(measured, level)).toBe(duplicated);
        });
      }),
    );
  });
});
