/** Arrays that a rule fills. */
import { arrayFrom, type MlxArray, type Shape } from "../array.ts";
import type { Operand } from "../create.ts";
import { type Stream, streamHandle } from "../device.ts";
import { codeOf, type DType } from "../dtype.ts";
import { c } from "../runtime.ts";
import { intsOf, unary, withOperand } from "./call.ts";

export function zeros(shape: Shape, dtype: DType = "float32", stream?: Stream): MlxArray {
  return arrayFrom("zeros", (slot) =>
    c().mlx_zeros(slot, intsOf(shape), shape.length, codeOf(dtype), streamHandle(stream)),
  );
}

export function ones(shape: Shape, dtype: DType = "float32", stream?: Stream): MlxArray {
  return arrayFrom("ones", (slot) =>
    c().mlx_ones(slot, intsOf(shape), shape.length, codeOf(dtype), streamHandle(stream)),
  );
}

export const zerosLike = unary("mlx_zeros_like");
export const onesLike = unary("mlx_ones_like");

/** One value, or an array that is broadcast, in this shape. */
export function full(shape: Shape, value: Operand, dtype: DType = "float32", stream?: Stream): MlxArray {
  return withOperand(value, undefined, (v) =>
    arrayFrom("full", (slot) =>
      c().mlx_full(slot, intsOf(shape), shape.length, v, codeOf(dtype), streamHandle(stream)),
    ),
  );
}

/** From `start` up to, not including, `stop`. */
export function arange(start: number, stop: number, step = 1, dtype: DType = "int32", stream?: Stream): MlxArray {
  return arrayFrom("arange", (slot) => c().mlx_arange(slot, start, stop, step, codeOf(dtype), streamHandle(stream)));
}

/** `count` numbers from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, count = 50, dtype: DType = "float32", stream?: Stream): MlxArray {
  return arrayFrom("linspace", (slot) =>
    c().mlx_linspace(slot, start, stop, count, codeOf(dtype), streamHandle(stream)),
  );
}

/** Ones on the k-th diagonal of an n × m matrix. */
export function eye(n: number, m = n, k = 0, dtype: DType = "float32", stream?: Stream): MlxArray {
  return arrayFrom("eye", (slot) => c().mlx_eye(slot, n, m, k, codeOf(dtype), streamHandle(stream)));
}

/** Ones on and below the k-th diagonal. */
export function tri(n: number, m = n, k = 0, dtype: DType = "float32", stream?: Stream): MlxArray {
  return arrayFrom("tri", (slot) => c().mlx_tri(slot, n, m, k, codeOf(dtype), streamHandle(stream)));
}
