/** Goal: arrays are computed when they are asked for, alone or together. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../src/mlx/index.ts";
import { expectNoLeaks } from "../support/leaks.ts";

describe("evaluation", () => {
  test("of many at once, of none, and again", () => {
    expectNoLeaks(() =>
      mx.tidy(() => {
        const many = Array.from({ length: 500 }, (_, i) => mx.add(mx.full([3], i), 1));
        mx.evaluate(...many);
        mx.evaluate(...many);
        mx.evaluate();
        expect(many.map((one) => one.toFloat32()[2])).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
      }),
    );
  });

  test("started without waiting is done when it is read", () => {
    mx.tidy(() => {
      const one = mx.sum(mx.matmul(mx.ones([64, 64]), mx.ones([64, 64])));
      mx.asyncEvaluate(one);
      expect(one.item()).toBe(64 ** 3);
    });
  });

  test("holds no memory for an array that was not computed", () => {
    const before = mx.activeMemory();
    using lazy = mx.ones([1024, 1024]);
    using sum = mx.sum(lazy);
    expect(mx.activeMemory() - before).toBeLessThan(1 << 20);
    expect(sum.item()).toBe(2 ** 20);
  });

  test("of a freed array is an error, and computes the others later", () => {
    using kept = mx.ones([2]);
    const freed = mx.ones([2]);
    freed.dispose();
    expect(() => mx.evaluate(kept, freed)).toThrow("used after it was freed");
    expect(kept.tolist()).toEqual([1, 1]);
  });
});
