/** Goal: a computed permutation is one, for every size, looks random, and is the same everywhere. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { permutation } from "../../../src/shard/loader/permutation.ts";
import { python } from "../../support/peers.ts";

const sequence = (size: number, ...words: number[]) => {
  const order = permutation(size, ...words);
  return Array.from({ length: size }, (_, position) => order.at(position));
};

describe("a computed permutation", () => {
  test("visits every element exactly once, for every size up to 300", () => {
    for (let size = 0; size <= 300; size++) {
      const seen = new Uint8Array(size);
      for (const element of sequence(size, 7, size)) seen[element]!++;
      expect(seen.every((times) => times === 1)).toBe(true);
    }
  });

  test("visits every element exactly once at a power of two, just below and just above", () => {
    for (const size of [65_535, 65_536, 65_537]) {
      const seen = new Uint8Array(size);
      const order = permutation(size, 3);
      for (let position = 0; position < size; position++) seen[order.at(position)]!++;
      expect(seen.indexOf(0)).toBe(-1);
    }
  });

  test("is undone by indexOf, up to 2^52 elements", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 52 }),
        fc.maxSafeNat(),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (n, seed, u) => {
          const order = permutation(n, seed);
          const position = Math.floor(u * n);
          const element = order.at(position);
          return element >= 0 && element < n && Number.isInteger(element) && order.indexOf(element) === position;
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("equals the same network in Python, so that a stored state keeps its meaning", async () => {
    const cases = fc.sample(
      fc
        .integer({ min: 1, max: 2 ** 52 })
        .chain((size) =>
          fc.tuple(
            fc.oneof(fc.constant(size), fc.constant(1 + (size % 100))),
            fc.array(fc.maxSafeNat(), { maxLength: 4 }),
          ),
        ),
      { seed: 5, numRuns: 300 },
    );
    const questions = cases.map(([size, words]) => [size, words, [0, size - 1, Math.floor(size / 3)]] as const);
    const answers = await python(
      "test/parity/feistel_reference.py",
      [],
      questions.map((q) => JSON.stringify(q)).join("\n"),
    );
    const ours = questions.map(([size, words, positions]) => {
      const order = permutation(size, ...words);
      return JSON.stringify(positions.map(order.at));
    });
    expect(ours).toEqual(answers.map((line) => line.replaceAll(" ", "")));
  });

  test("reaches each of the 24 orders of four elements about equally often", () => {
    const times = new Map<string, number>();
    const rounds = 24_000;
    for (let seed = 0; seed < rounds; seed++) {
      const key = sequence(4, seed).join("");
      times.set(key, (times.get(key) ?? 0) + 1);
    }
    expect(times.size).toBe(24);
    // Chi-square with 23 degrees of freedom stays below 50 in 99.9 % of fair draws.
    const expected = rounds / 24;
    const chiSquare = [...times.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(50);
  });

  test("puts each element of 10 at each position about equally often", () => {
    const rounds = 10_000;
    const table = new Float64Array(100);
    for (let seed = 0; seed < rounds; seed++) sequence(10, 5, seed).forEach((e, p) => void table[p * 10 + e]!++);
    const chiSquare = table.reduce((sum, n) => sum + (n - rounds / 10) ** 2 / (rounds / 10), 0);
    // 81 degrees of freedom: 99.9 % lie below 127.
    expect(chiSquare).toBeLessThan(127);
  });

  test("of 100,000 elements has no more order than chance: neighbours, fixed points and rising pairs", () => {
    const size = 100_000;
    const elements = sequence(size, 11);
    let neighbours = 0;
    let rising = 0;
    let sum = 0;
    for (let position = 1; position < size; position++) {
      const step = elements[position]! - elements[position - 1]!;
      if (Math.abs(step) === 1) neighbours++;
      if (step > 0) rising++;
      sum += (elements[position]! - size / 2) * (elements[position - 1]! - size / 2);
    }
    // About 2 neighbours and 1 fixed point are expected; the serial correlation of chance is ±0.003.
    expect(neighbours).toBeLessThan(12);
    expect(elements.filter((element, position) => element === position).length).toBeLessThan(8);
    expect(Math.abs(rising / size - 0.5)).toBeLessThan(0.006);
    expect(Math.abs(sum / (size * size * (size / 12)))).toBeLessThan(0.013);
  });

  test("shares nothing between neighbouring seeds", () => {
    const size = 10_000;
    const one = sequence(size, 41);
    const two = sequence(size, 42);
    // Chance leaves about one position in common.
    expect(one.filter((element, position) => element === two[position]).length).toBeLessThan(8);
  });
});
