/**
 * exp and GELU from sums and products alone. MLX's CPU backend computes erf and exp one number at a time, which would
 * take longer than the matrix products around them; these are an order of magnitude faster there.
 * Coefficients: test/parity/fit_activations.py.
 */
import type { MlxArray } from "../array.ts";
import { currentStream } from "../device.ts";
import { add, clip, divide, leftShift, maximum, minimum, multiply, square, subtract, view } from "../ops.ts";

let exactly = false;

/**
 * Runs `work` with MLX's own functions everywhere: for gradients, which have no way through the bits of a number.
 * Synchronous, nests.
 */
export function withoutApproximations<T>(work: () => T): T {
  const before = exactly;
  exactly = true;
  try {
    return work();
  } finally {
    exactly = before;
  }
}

/** Whether functions of this array are approximated: it is float32 and computed on the CPU. */
export function isApproximated(x: MlxArray): boolean {
  return !exactly && x.dtype === "float32" && currentStream().device === "cpu";
}

/** 2^f on [−½, ½], highest power first; relative error 2e-7. */
const EXP2 = [
  0.001326472731307149, 0.009671512991189957, 0.05550733581185341, 0.24022242426872253, 0.6931470036506653, 1,
] as const;

/** gelu(x) = x·(½ + c·P(c²)/Q(c²)) with c = x clipped to ±5, highest powers first; absolute error 3e-6 for |x| ≤ 9. */
const GELU_OVER = [
  -7.255155651364475e-5, 0.03470289334654808, 2.9776148796081543, 19.819795608520508, 282.33203125,
] as const;
const GELU_UNDER = [1, 17.601470947265625, 167.74819946289062, 707.6610107421875] as const;
const GELU_CLIP = 5;

/** Added to a small float32 and taken off again it leaves the nearest whole number, which its low bits then hold. */
const ROUNDING = 12_582_912;
/** Smaller exponents would need subnormal numbers, larger ones overflow when 1 is added. */
const SMALLEST_EXPONENT = -126;
const LARGEST_EXPONENT = 126;
const MANTISSA_BITS = 23;

function polynomial(x: MlxArray, [highest, second, ...rest]: readonly number[]): MlxArray {
  const start = highest === 1 ? add(x, second!) : add(multiply(x, highest!), second!);
  return rest.reduce((sum, coefficient) => add(multiply(sum, x), coefficient), start);
}

/** 2^x of float32 numbers up to 127; below −126 the result stays at 2^−126, which is nothing next to a 1. */
export function exp2Approximate(x: MlxArray): MlxArray {
  const bounded = maximum(x, SMALLEST_EXPONENT);
  const shifted = add(bounded, ROUNDING);
  const fraction = subtract(bounded, subtract(shifted, ROUNDING));
  const exponent = leftShift(view(shifted, "int32"), MANTISSA_BITS);
  return view(add(view(polynomial(fraction, EXP2), "int32"), exponent), "float32");
}

/** x·Φ(x) of float32 numbers. */
export function geluApproximate(x: MlxArray): MlxArray {
  const clipped = clip(x, -GELU_CLIP, GELU_CLIP);
  const squared = square(clipped);
  const ratio = divide(polynomial(squared, GELU_OVER), polynomial(squared, GELU_UNDER));
  return multiply(x, add(multiply(clipped, ratio), 0.5));
}

/** 1 / (1 + e^−x) times `y`, of float32 numbers: a logistic gate. */
function gated(y: MlxArray, x: MlxArray): MlxArray {
  const exponent = minimum(multiply(x, -Math.LOG2E), LARGEST_EXPONENT);
  return divide(y, add(exp2Approximate(exponent), 1));
}

/** x·σ(x) of float32 numbers; relative error 1e-6. */
export function siluApproximate(x: MlxArray): MlxArray {
  return gated(x, x);
}

/** ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))) of float32 numbers, through tanh's logistic form. */
export function geluTanhApproximate(x: MlxArray): MlxArray {
  const inner = multiply(x, add(multiply(square(x), 0.044715), 1));
  return gated(x, multiply(inner, 2 * Math.sqrt(2 / Math.PI)));
}
