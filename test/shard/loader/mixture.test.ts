/** Goal: weights are kept to less than one sample at every point, and a position alone tells the counters. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mixtureOf } from "../../../src/shard/loader/mixture.ts";
import { rowsOfRank } from "../../../src/shard/loader/ranks.ts";

const weights = fc.array(fc.double({ min: 0.01, max: 10, noNaN: true }), { minLength: 1, maxLength: 6 });

describe("a mixture", () => {
  test("of 3 : 1 takes every fourth sample from the second set", () => {
    const mix = mixtureOf([3, 1]);
    expect(Array.from({ length: 8 }, (_, i) => mix.setAt(i))).toEqual([0, 0, 1, 0, 0, 0, 1, 0]);
    expect(Array.from({ length: 8 }, (_, i) => mix.placeAt(i))).toEqual([0, 1, 0, 2, 3, 4, 1, 5]);
  });

  test("counts each set's samples without gaps, across periods", () => {
    fc.assert(
      fc.property(weights, (given) => {
        const mix = mixtureOf(given);
        const next = given.map(() => 0);
        const start = Math.max(0, mix.period - 500);
        for (let i = 0; i < start; i++) next[mix.setAt(i)]!++;
        for (let i = start; i < start + 1_000; i++) if (mix.placeAt(i) !== next[mix.setAt(i)]!++) return false;
        return true;
      }),
      { numRuns: 50 },
    );
  });

  test("never has a set more than two samples away from its share", () => {
    fc.assert(
      fc.property(weights, (given) => {
        const mix = mixtureOf(given);
        const counts = given.map(() => 0);
        for (let i = 0; i < 3_000; i++) {
          counts[mix.setAt(i)]!++;
          for (let set = 0; set < given.length; set++) {
            if (Math.abs(counts[set]! - ((i + 1) * mix.shares[set]!) / mix.period) >= 2) return false;
          }
        }
        return true;
      }),
      { numRuns: 50 },
    );
  });

  test("keeps weights to 1/65,536", () => {
    const mix = mixtureOf([0.7, 0.2, 0.1]);
    const sum = mix.period;
    expect([...mix.shares].map((share) => share / sum)).toEqual([
      expect.closeTo(0.7, 4),
      expect.closeTo(0.2, 4),
      expect.closeTo(0.1, 4),
    ]);
  });

  test("refuses weights that are not positive numbers", () => {
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => mixtureOf([1, bad])).toThrow(`a weight of a mixture is ${bad}`);
    }
  });
});

describe("the rows of a global batch", () => {
  test("are shared among ranks in order, without gaps, at most one row apart", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 40 }), (rows, world) => {
        let next = 0;
        const sizes: number[] = [];
        for (let rank = 0; rank < world; rank++) {
          const { from, to } = rowsOfRank(rows, rank, world);
          if (from !== next) return false;
          next = to;
          sizes.push(to - from);
        }
        return next === rows && Math.max(...sizes) - Math.min(...sizes) <= 1;
      }),
    );
  });
});
