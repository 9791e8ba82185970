/** Evaluation of many arrays at once. */
import { check } from "../../ffi/call.ts";
import type { MlxArray } from "./array.ts";
import { ArrayVector } from "./ops/call.ts";
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
