/** Goal: the order of an epoch is a permutation that looks shuffled, stays local, and depends on (seed, epoch) alone. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type OrderSettings, orderOf } from "../../../src/shard/loader/order.ts";
import { python } from "../../support/peers.ts";

const settings = (change: Partial<OrderSettings>): OrderSettings => ({
  size: 1_000,
  shuffle: true,
  seed: 1,
  block: 16,
  window: 4,
  ...change,
});

function sequence(given: OrderSettings, epoch = 0): number[] {
  const at = orderOf(given, epoch);
  return Array.from({ length: given.size }, (_, position) => at(position));
}

const isPermutation = (elements: number[]) =>
  new Set(elements).size === elements.length &&
  elements.every((e) => Number.isInteger(e) && e >= 0 && e < elements.length);

describe("the order of an epoch", () => {
  test("is a permutation for any size, block and window", () => {
    fc.assert(
      fc.property(
        fc.nat(400),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        fc.nat(9),
        (size, block, window, seed, epoch) => isPermutation(sequence(settings({ size, block, window, seed }), epoch)),
      ),
      { numRuns: 500 },
    );
  });

  test("equals the one that Python lays out block by block and window by window", async () => {
    const sizes = fc.record({
      size: fc.integer({ min: 1, max: 300 }),
      block: fc.integer({ min: 1, max: 40 }),
      window: fc.integer({ min: 1, max: 6 }),
      seed: fc.maxSafeNat(),
      epoch: fc.nat(5),
      salt: fc.nat(3),
    });
    const cases = fc.sample(sizes, { seed: 9, numRuns: 100 });
    const questions = cases.map((one) => JSON.stringify(one)).join("\n");
    const answers = await python("test/parity/feistel_reference.py", [], questions);
    const ours = cases.map(({ epoch, ...one }) => JSON.stringify(sequence({ ...one, shuffle: true }, epoch)));
    expect(ours).toEqual(answers.map((line) => line.replaceAll(" ", "")));
  });

  test("without shuffling is the order of the files", () => {
    expect(sequence(settings({ shuffle: false, size: 5 }))).toEqual([0, 1, 2, 3, 4]);
  });

  test("differs from file order, between seeds, epochs and salts", () => {
    const orders = [
      sequence(settings({ shuffle: false })),
      sequence(settings({})),
      sequence(settings({ seed: 2 })),
      sequence(settings({}), 1),
      sequence(settings({ salt: 1 })),
    ];
    for (const one of orders) {
      for (const other of orders) {
        if (one === other) continue;
        // Chance leaves about one of 1,000 in its place.
        expect(one.filter((element, position) => element === other[position]).length).toBeLessThan(10);
      }
    }
  });

  test("gives any position at once: asking backwards gives the same sequence", () => {
    const given = settings({ size: 777 });
    const at = orderOf(given, 3);
    const backwards = Array.from({ length: 777 }, (_, i) => at(776 - i));
    expect(backwards.reverse()).toEqual(sequence(given, 3));
  });

  test("reads at most `window` blocks, plus one that a border cuts, within a window", () => {
    const given = settings({ size: 10_000, block: 50, window: 8 });
    const elements = sequence(given);
    for (let start = 0; start < 10_000; start += 400) {
      const blocks = new Set(elements.slice(start, start + 400).map((element) => Math.floor(element / 50)));
      expect(blocks.size).toBeLessThanOrEqual(9);
    }
  });

  test("mixes the blocks of a window: neighbours mostly come from different blocks", () => {
    const elements = sequence(settings({ size: 10_000, block: 50, window: 8 }));
    let same = 0;
    for (let i = 1; i < elements.length; i++) {
      if (Math.floor(elements[i]! / 50) === Math.floor(elements[i - 1]! / 50)) same++;
    }
    // One in eight by chance.
    expect(same / elements.length).toBeLessThan(0.16);
  });
});
