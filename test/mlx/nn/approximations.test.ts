/** Goal: the approximations stay within their stated errors of float64, over all inputs that occur. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import {
  exp2Approximate,
  geluApproximate,
  geluTanhApproximate,
  siluApproximate,
} from "../../../src/mlx/nn/approximations.ts";

const range = (from: number, to: number, count = 100_001) =>
  new Float32Array(count).map((_, i) => from + ((to - from) * i) / (count - 1));

const apply = (f: (x: mx.MlxArray) => mx.MlxArray, x: Float32Array<ArrayBuffer>) =>
  mx.tidy(() => f(mx.fromTypedArray(x)).toFloat32());

/** erfc by its continued fraction and series, to about 1e-13: independent of the fitted coefficients. */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x > 2.5) {
    let fraction = 0;
    for (let k = 80; k > 0; k--) fraction = k / 2 / (x + fraction);
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
  }
  let term = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return 1 - (2 / Math.sqrt(Math.PI)) * sum;
}

describe("exp2Approximate", () => {
  test("is within 4e-7 of 2^x, relatively, from −126 to 127", () => {
    const x = range(-126, 127);
    const y = apply(exp2Approximate, x);
    expect(Math.max(...y.map((value, i) => Math.abs(value / 2 ** x[i]! - 1)))).toBeLessThan(4e-7);
  });

  test("is 1 at 0, and next to nothing far below", () => {
    expect([...apply(exp2Approximate, Float32Array.of(0, -1e9, -200))]).toEqual([1, 2 ** -126, 2 ** -126]);
  });
});

describe("geluApproximate", () => {
  test("is within 3e-6 of x·Φ(x) for |x| ≤ 9", () => {
    const x = range(-9, 9);
    const y = apply(geluApproximate, x);
    expect(Math.max(...y.map((value, i) => Math.abs(value - (x[i]! / 2) * erfc(-x[i]! / Math.SQRT2))))).toBeLessThan(
      3e-6,
    );
  });

  test("keeps large values and drops large negative ones", () => {
    const [high, low] = apply(geluApproximate, Float32Array.of(1_000, -1_000));
    expect(high!).toBeCloseTo(1_000, 2);
    expect(Math.abs(low!)).toBeLessThan(1e-3);
  });
});

describe("siluApproximate and geluTanhApproximate", () => {
  test("are within 2e-6 of their formulas, for any size of input", () => {
    for (const x of [range(-20, 20), range(-1_000, 1_000, 2_001)]) {
      const off = (y: Float32Array, exact: (x: number) => number) =>
        Math.max(...y.map((value, i) => Math.abs(value - exact(x[i]!)) / Math.max(1, Math.abs(x[i]!))));
      expect(off(apply(siluApproximate, x), (v) => v / (1 + Math.exp(-v)))).toBeLessThan(2e-6);
      const geluTanh = (v: number) => (v / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
      expect(off(apply(geluTanhApproximate, x), geluTanh)).toBeLessThan(2e-6);
    }
  });
});
