/** Goal: random arrays are a pure function of their key. (Values are compared with Python MLX in parity.test.ts.) */
import { describe, expect, test } from "bun:test";
import * as mx from "../../src/mlx/index.ts";

const { random } = mx;

describe("keys", () => {
  test("equal keys give equal arrays, whatever ran between", () => {
    mx.tidy(() => {
      const first = random.normal(random.key(1), [8]).tolist();
      random.uniform(random.key(2), [100]).eval();
      expect(random.normal(random.key(1), [8]).tolist()).toEqual(first);
      expect(random.normal(random.key(2), [8]).tolist()).not.toEqual(first);
    });
  });

  test("split into keys that differ from each other and from their parent", () => {
    mx.tidy(() => {
      const parent = random.key(3);
      const keys = mx.unstack(random.split(parent, 10));
      const drawn = [parent, ...keys].map((key) => random.uniform(key, [4]).toString());
      expect(new Set(drawn).size).toBe(11);
    });
  });

  test("take seeds of 64 bits", () => {
    mx.tidy(() => {
      expect(random.key(2n ** 64n - 1n).tolist()).toEqual([0xffffffff, 0xffffffff]);
      expect(random.key(2 ** 33).tolist()).toEqual([2, 0]);
    });
  });
});

describe("draws", () => {
  test("stay in their ranges", () => {
    mx.tidy(() => {
      const key = random.key(4);
      const within = (a: mx.MlxArray, low: number, high: number) => {
        expect(Number(mx.min(a).item())).toBeGreaterThanOrEqual(low);
        expect(Number(mx.max(a).item())).toBeLessThanOrEqual(high);
      };
      within(random.uniform(key, [5000], { low: -2, high: 3 }), -2, 3);
      within(random.truncatedNormal(key, [5000], { lower: -0.5, upper: 0.25 }), -0.5, 0.25);
      within(random.randint(key, [5000], 5, 9), 5, 8);
      within(random.categorical(key, mx.zeros([5000, 3])), 0, 2);
    });
  });

  test("have the moments of their distribution", () => {
    mx.tidy(() => {
      const sample = random.normal(random.key(5), [40_000], { mean: 3, std: 2 });
      expect(Number(mx.mean(sample).item())).toBeCloseTo(3, 1);
      expect(Number(mx.std(sample).item())).toBeCloseTo(2, 1);
      expect(Number(mx.mean(random.bernoulli(random.key(6), [40_000], 0.3)).item())).toBeCloseTo(0.3, 1);
    });
  });

  test("bits have the width that was asked for", () => {
    mx.tidy(() => {
      const types = ([1, 2, 4] as const).map((width) => random.bits(random.key(7), [3], width).dtype);
      expect(types).toEqual(["uint8", "uint16", "uint32"]);
    });
  });

  test("a permutation holds each number once", () => {
    mx.tidy(() => {
      const drawn = random.permutation(random.key(8), 100).tolist() as number[];
      expect(drawn.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
      expect(random.permutation(random.key(8), 0).shape).toEqual([0]);
    });
  });
});
