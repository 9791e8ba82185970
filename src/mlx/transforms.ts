/** Evaluation of many arrays at once. */
import { check } from "../../ffi/call.ts";
import type { MlxArray } from "./array.ts";
import { ArrayVector, arraysFrom } from "./ops/call.ts";
import { c } from "./runtime.ts";

/**
 * Computes these arrays and waits. One call for the outputs of several streams lets them run side by side; calls one
 * after another do not overlap on the CPU backend.
 */
export function evaluate(...arrays: readonly MlxArray[]): void {
  using vector = ArrayVector.of(arrays);
  check(c().mlx_eval(vector.handle), "eval");
}

/** Starts computing these arrays, and returns. */
export function asyncEvaluate(...arrays: readonly MlxArray[]): void {
  using vector = ArrayVector.of(arrays);
  check(c().mlx_async_eval(vector.handle), "async_eval");
}

/** The same array, which is not there before others are: it orders work that would else be done all at once. */
export function depends(array: MlxArray, after: readonly MlxArray[]): MlxArray {
  using inputs = ArrayVector.of([array]);
  using dependencies = ArrayVector.of(after);
  const [result] = arraysFrom("depends", (slot) => c().mlx_depends(slot, inputs.handle, dependencies.handle));
  return result!;
}
