/** Comparisons, logic and choice. Results are `bool`. */
import { arrayFrom, type MlxArray } from "../array.ts";
import type { Operand } from "../create.ts";
import { type Stream, streamHandle } from "../device.ts";
import { c } from "../runtime.ts";
import { binary, unary, withOperands } from "./call.ts";

export const equal = binary("mlx_equal");
export const notEqual = binary("mlx_not_equal");
export const greater = binary("mlx_greater");
export const greaterEqual = binary("mlx_greater_equal");
export const less = binary("mlx_less");
export const lessEqual = binary("mlx_less_equal");
export const logicalAnd = binary("mlx_logical_and");
export const logicalOr = binary("mlx_logical_or");
export const logicalXor = binary("mlx_logical_xor");
export const logicalNot = unary("mlx_logical_not");
export const isnan = unary("mlx_isnan");
export const isinf = unary("mlx_isinf");
export const isposinf = unary("mlx_isposinf");
export const isneginf = unary("mlx_isneginf");
export const isfinite = unary("mlx_isfinite");

/** How near is near enough: `|a − b| ≤ atol + rtol·|b|`. */
export interface Tolerance {
  rtol?: number;
  atol?: number;
  /** Whether two NaN count as equal. */
  equalNan?: boolean;
}

/** Element by element, whether two arrays are near each other. */
export function isclose(a: Operand, b: Operand, tolerance: Tolerance = {}, stream?: Stream): MlxArray {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = tolerance;
  return withOperands(a, b, (left, right) =>
    arrayFrom("isclose", (slot) => c().mlx_isclose(slot, left, right, rtol, atol, equalNan, streamHandle(stream))),
  );
}

/** One bool: whether two arrays are near each other everywhere. */
export function allclose(a: Operand, b: Operand, tolerance: Tolerance = {}, stream?: Stream): MlxArray {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = tolerance;
  return withOperands(a, b, (left, right) =>
    arrayFrom("allclose", (slot) => c().mlx_allclose(slot, left, right, rtol, atol, equalNan, streamHandle(stream))),
  );
}

/** One bool: whether two arrays have the same shape and values. */
export function arrayEqual(a: MlxArray, b: MlxArray, equalNan = false, stream?: Stream): MlxArray {
  return arrayFrom("array_equal", (slot) =>
    c().mlx_array_equal(slot, a.handle, b.handle, equalNan, streamHandle(stream)),
  );
}

/** `x` where the condition holds, else `y`. */
export function where(condition: MlxArray, x: Operand, y: Operand, stream?: Stream): MlxArray {
  return withOperands(x, y, (left, right) =>
    arrayFrom("where", (slot) => c().mlx_where(slot, condition.handle, left, right, streamHandle(stream))),
  );
}
