/** Splits are made by content, so that adding data moves no document. */
import { expect, test } from "bun:test";
import { contentKey, parseSplits, splitOf } from "../../src/shard/splits.ts";

const splits = parseSplits(["train=0.95", "val=0.04", "test=0.01"]);

test("shares come out within the bounds of chance", () => {
  const counts = [0, 0, 0];
  const n = 100_000;
  for (let i = 0; i < n; i++) counts[splitOf(contentKey(`document ${i}`), 0, splits)]!++;
  for (const [i, { share }] of splits.entries()) {
    const spread = 4 * Math.sqrt(n * share * (1 - share));
    expect(Math.abs(counts[i]! - n * share)).toBeLessThan(spread);
  }
});

test("another seed gives other splits, the same seed the same", () => {
  const keys = Array.from({ length: 1_000 }, (_, i) => contentKey(`document ${i}`));
  const assign = (seed: number) => keys.map((key) => splitOf(key, seed, splits));
  expect(assign(0)).toEqual(assign(0));
  expect(assign(1)).not.toEqual(assign(0));
});

test("growing a later split out of the first moves documents only there", () => {
  const smaller = parseSplits(["train=0.90", "val=0.09", "test=0.01"]);
  for (let i = 0; i < 2_000; i++) {
    const key = contentKey(`document ${i}`);
    const [before, after] = [splitOf(key, 0, splits), splitOf(key, 0, smaller)];
    if (before !== after) expect([before, after]).toEqual([0, 1]);
  }
});

test.each([
  [["train"], "is not a split"],
  [["train=1", "train=2"], "given twice"],
  [["train=0"], "no split has a share"],
  [["../x=1"], "is not a split"],
])("%p is a usage error", (texts, message) => {
  expect(() => parseSplits(texts)).toThrow(message);
});

test("shares are made to add up to one", () => {
  expect(parseSplits(["a=1", "b=3"])).toEqual([
    { name: "a", share: 0.25 },
    { name: "b", share: 0.75 },
  ]);
});
