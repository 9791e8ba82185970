/** Element by element: arithmetic, functions of one number, bits. Shapes broadcast. */
import { packOptionalFloat } from "../../../ffi/types.ts";
import { arrayFrom, type MlxArray } from "../array.ts";
import type { Operand } from "../create.ts";
import { type Stream, streamHandle } from "../device.ts";
import { codeOf, type DType } from "../dtype.ts";
import { c } from "../runtime.ts";
import { binary, unary, withOperand } from "./call.ts";

export const abs = unary("mlx_abs");
export const negative = unary("mlx_negative");
export const positive = unary("mlx_positive");
export const sign = unary("mlx_sign");
export const reciprocal = unary("mlx_reciprocal");
export const square = unary("mlx_square");
export const sqrt = unary("mlx_sqrt");
/** 1 / √a. */
export const rsqrt = unary("mlx_rsqrt");
export const exp = unary("mlx_exp");
/** eᵃ − 1. */
export const expm1 = unary("mlx_expm1");
export const log = unary("mlx_log");
/** log(1 + a). */
export const log1p = unary("mlx_log1p");
export const log2 = unary("mlx_log2");
export const log10 = unary("mlx_log10");
export const sigmoid = unary("mlx_sigmoid");
export const erf = unary("mlx_erf");
export const erfinv = unary("mlx_erfinv");
export const sin = unary("mlx_sin");
export const cos = unary("mlx_cos");
export const tan = unary("mlx_tan");
export const arcsin = unary("mlx_arcsin");
export const arccos = unary("mlx_arccos");
export const arctan = unary("mlx_arctan");
export const sinh = unary("mlx_sinh");
export const cosh = unary("mlx_cosh");
export const tanh = unary("mlx_tanh");
export const arcsinh = unary("mlx_arcsinh");
export const arccosh = unary("mlx_arccosh");
export const arctanh = unary("mlx_arctanh");
export const degrees = unary("mlx_degrees");
export const radians = unary("mlx_radians");
export const floor = unary("mlx_floor");
export const ceil = unary("mlx_ceil");
export const trunc = unary("mlx_trunc");
export const real = unary("mlx_real");
export const imag = unary("mlx_imag");
export const conjugate = unary("mlx_conjugate");
export const bitwiseInvert = unary("mlx_bitwise_invert");

export const add = binary("mlx_add");
export const subtract = binary("mlx_subtract");
export const multiply = binary("mlx_multiply");
export const divide = binary("mlx_divide");
export const power = binary("mlx_power");
export const maximum = binary("mlx_maximum");
export const minimum = binary("mlx_minimum");
/** log(eᵃ + eᵇ). */
export const logaddexp = binary("mlx_logaddexp");
/** The angle of the point (b, a). */
export const arctan2 = binary("mlx_arctan2");
export const bitwiseAnd = binary("mlx_bitwise_and");
export const bitwiseOr = binary("mlx_bitwise_or");
export const bitwiseXor = binary("mlx_bitwise_xor");
export const leftShift = binary("mlx_left_shift");
export const rightShift = binary("mlx_right_shift");

/** Values below `min` become `min`, above `max` become `max`; null leaves that side open. */
export function clip(a: MlxArray, min: Operand | null, max: Operand | null, stream?: Stream): MlxArray {
  return withBound(min, a, (low) =>
    withBound(max, a, (high) =>
      arrayFrom("clip", (slot) => c().mlx_clip(slot, a.handle, low, high, streamHandle(stream))),
    ),
  );
}

function withBound<T>(
  bound: Operand | null,
  a: MlxArray,
  use: (handle: Parameters<Parameters<typeof withOperand>[2]>[0] | null) => T,
): T {
  return bound === null ? use(null) : withOperand(bound, a, use);
}

/** Rounded to this many decimals, halves to even. */
export function round(a: MlxArray, decimals = 0, stream?: Stream): MlxArray {
  return arrayFrom("round", (slot) => c().mlx_round(slot, a.handle, decimals, streamHandle(stream)));
}

/** NaN becomes `nan`; infinities become the given values, or the largest finite ones. */
export function nanToNum(a: MlxArray, nan = 0, posinf?: number, neginf?: number, stream?: Stream): MlxArray {
  const high = packOptionalFloat(posinf);
  const low = packOptionalFloat(neginf);
  return arrayFrom("nan_to_num", (slot) => c().mlx_nan_to_num(slot, a.handle, nan, high, low, streamHandle(stream)));
}

/** The same values as another element type. */
export function astype(a: MlxArray, dtype: DType, stream?: Stream): MlxArray {
  return arrayFrom("astype", (slot) => c().mlx_astype(slot, a.handle, codeOf(dtype), streamHandle(stream)));
}

/** The same bytes as another element type; the last axis grows or shrinks with its size. */
export function view(a: MlxArray, dtype: DType, stream?: Stream): MlxArray {
  return arrayFrom("view", (slot) => c().mlx_view(slot, a.handle, codeOf(dtype), streamHandle(stream)));
}

/** A new array of the same values. */
export const copy = unary("mlx_copy");
/** The same values, through which no gradient flows. */
export const stopGradient = unary("mlx_stop_gradient");
