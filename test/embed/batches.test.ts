/** Goal: every text is in one batch, batches keep to their limit, and the streams of a round have equal work. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { planRounds } from "../../src/embed/batches.ts";

const padding = (batch: number[], lengths: readonly number[]) =>
  batch.length * Math.max(...batch.map((i) => lengths[i]!));

describe("rounds of batches", () => {
  const lengths = fc.array(fc.integer({ min: 2, max: 300 }), { maxLength: 200 });

  test("hold every text once, within the limit, at most one batch per stream", () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 4 }), (lengths, streams) => {
        const rounds = planRounds(lengths, { batchTokens: 512, streams });
        expect(rounds.flat(2).sort((a, b) => a - b)).toEqual([...lengths.keys()]);
        expect(rounds.every((round) => round.length >= 1 && round.length <= streams)).toBe(true);
        expect(rounds.flat().every((batch) => batch.length === 1 || padding(batch, lengths) <= 512)).toBe(true);
      }),
    );
  });

  test("start with the longest texts", () => {
    expect(planRounds([3, 9, 5], { batchTokens: 9, streams: 1 }).flat(2)).toEqual([1, 2, 0]);
  });

  test("share out a few texts over the streams", () => {
    expect(planRounds([10, 10, 10, 10], { batchTokens: 1_000, streams: 2 })).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
    ]);
  });

  test("have little padding for texts of many lengths", () => {
    const lengths = Array.from({ length: 1_000 }, (_, i) => 4 + ((i * 7_919) % 250));
    const padded = planRounds(lengths, { batchTokens: 1_024, streams: 2 })
      .flat()
      .reduce((sum, batch) => sum + padding(batch, lengths), 0);
    expect(padded / lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(1.02);
  });

  test("no text needs no round", () => {
    expect(planRounds([], { batchTokens: 512, streams: 2 })).toEqual([]);
  });
});
