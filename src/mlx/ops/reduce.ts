/** Along axes: sums and other reductions, softmax, running totals, orders. A negative axis counts from the end. */
import { packOptionalInt } from "../../../ffi/types.ts";
import { arrayFrom, type MlxArray } from "../array.ts";
import type { Operand } from "../create.ts";
import { type Stream, streamHandle } from "../device.ts";
import { codeOf, type DType } from "../dtype.ts";
import { c } from "../runtime.ts";
import { intsOf, operationOf, unlessEmpty, withOperand } from "./call.ts";

/** One axis, several, or (undefined) all of them. */
export type Axis = number | readonly number[] | undefined;

type Reduction = (a: MlxArray, axis?: Axis, keepdims?: boolean, stream?: Stream) => MlxArray;

type ReductionName = `mlx_${
  | "all"
  | "any"
  | "count_nonzero"
  | "logsumexp"
  | "max"
  | "mean"
  | "median"
  | "min"
  | "prod"
  | "sum"}`;

/** `mlx_x`, `mlx_x_axis` and `mlx_x_axes` as one function; `keepdims` leaves reduced axes with size 1. */
function reduction(name: ReductionName): Reduction {
  const operation = operationOf(name);
  const [one, several] = [`${name}_axis`, `${name}_axes`] as const;
  return (a, axis, keepdims = false, stream) =>
    arrayFrom(operation, (slot) => {
      const s = streamHandle(stream);
      if (axis === undefined) return c()[name](slot, a.handle, keepdims, s);
      if (typeof axis === "number") return c()[one](slot, a.handle, axis, keepdims, s);
      return c()[several](slot, a.handle, intsOf(axis), axis.length, keepdims, s);
    });
}

/** Whether every element is true. */
export const all = reduction("mlx_all");
/** Whether any element is true. */
export const any = reduction("mlx_any");
export const countNonzero = reduction("mlx_count_nonzero");
/** log Σ eᵃ, without overflow. */
export const logsumexp = reduction("mlx_logsumexp");
export const max = reduction("mlx_max");
export const min = reduction("mlx_min");
export const mean = reduction("mlx_mean");
export const median = reduction("mlx_median");
export const prod = reduction("mlx_prod");
export const sum = reduction("mlx_sum");

/** `mlx_var` and `mlx_std`: the divisor is n − `ddof`. */
function spread(name: "mlx_var" | "mlx_std") {
  const operation = operationOf(name);
  const [one, several] = [`${name}_axis`, `${name}_axes`] as const;
  return (a: MlxArray, axis?: Axis, keepdims = false, ddof = 0, stream?: Stream): MlxArray =>
    arrayFrom(operation, (slot) => {
      const s = streamHandle(stream);
      if (axis === undefined) return c()[name](slot, a.handle, keepdims, ddof, s);
      if (typeof axis === "number") return c()[one](slot, a.handle, axis, keepdims, ddof, s);
      return c()[several](slot, a.handle, intsOf(axis), axis.length, keepdims, ddof, s);
    });
}

/** Variance. */
export const variance = spread("mlx_var");
/** Standard deviation. */
export const std = spread("mlx_std");

/** eᵃ divided by its sum along the axes; `precise` computes 16-bit types in float32. */
export function softmax(a: MlxArray, axis?: Axis, precise = false, stream?: Stream): MlxArray {
  return arrayFrom("softmax", (slot) => {
    const s = streamHandle(stream);
    if (axis === undefined) return c().mlx_softmax(slot, a.handle, precise, s);
    if (typeof axis === "number") return c().mlx_softmax_axis(slot, a.handle, axis, precise, s);
    return c().mlx_softmax_axes(slot, a.handle, intsOf(axis), axis.length, precise, s);
  });
}

/** `mlx_argmax` and `mlx_argmin`: positions as uint32; without an axis, in the flattened array. */
function argReduction(name: "mlx_argmax" | "mlx_argmin") {
  const operation = operationOf(name);
  const one = `${name}_axis` as const;
  return (a: MlxArray, axis?: number, keepdims = false, stream?: Stream): MlxArray =>
    arrayFrom(operation, (slot) =>
      axis === undefined
        ? c()[name](slot, a.handle, keepdims, streamHandle(stream))
        : c()[one](slot, a.handle, axis, keepdims, streamHandle(stream)),
    );
}

export const argmax = argReduction("mlx_argmax");
export const argmin = argReduction("mlx_argmin");

/** How a running total goes along its axis. */
export interface ScanOptions {
  /** From the last element to the first. */
  reverse?: boolean;
  /** Whether an element counts in its own total (the default). */
  inclusive?: boolean;
}

type ScanName = "mlx_cummax" | "mlx_cummin" | "mlx_logcumsumexp";

/** A running total; without an axis, over the flattened array. */
function scan(name: ScanName) {
  const operation = operationOf(name);
  const one = `${name}_axis` as const;
  return (a: MlxArray, axis?: number, options: ScanOptions = {}, stream?: Stream): MlxArray => {
    const { reverse = false, inclusive = true } = options;
    const result = arrayFrom(operation, (slot) =>
      axis === undefined
        ? c()[name](slot, a.handle, reverse, inclusive, streamHandle(stream))
        : c()[one](slot, a.handle, axis, reverse, inclusive, streamHandle(stream)),
    );
    return unlessEmpty(result, stream);
  };
}

export const cummax = scan("mlx_cummax");
export const cummin = scan("mlx_cummin");
export const logcumsumexp = scan("mlx_logcumsumexp");

/** A running sum or product, whose element type may be chosen. */
function typedScan(name: "mlx_cumsum" | "mlx_cumprod") {
  const operation = operationOf(name);
  const one = `${name}_axis` as const;
  return (a: MlxArray, axis?: number, options: ScanOptions & { dtype?: DType } = {}, stream?: Stream): MlxArray => {
    const { reverse = false, inclusive = true } = options;
    const dtype = packOptionalInt(options.dtype && codeOf(options.dtype));
    const result = arrayFrom(operation, (slot) =>
      axis === undefined
        ? c()[name](slot, a.handle, reverse, inclusive, dtype, streamHandle(stream))
        : c()[one](slot, a.handle, axis, reverse, inclusive, dtype, streamHandle(stream)),
    );
    return unlessEmpty(result, stream);
  };
}

export const cumsum = typedScan("mlx_cumsum");
export const cumprod = typedScan("mlx_cumprod");

/** Sorted along an axis (the last by default), or flattened first with null. */
function ordering(name: "mlx_sort" | "mlx_argsort") {
  const operation = operationOf(name);
  const one = `${name}_axis` as const;
  return (a: MlxArray, axis: number | null = -1, stream?: Stream): MlxArray => {
    const result = arrayFrom(operation, (slot) =>
      axis === null
        ? c()[name](slot, a.handle, streamHandle(stream))
        : c()[one](slot, a.handle, axis, streamHandle(stream)),
    );
    return unlessEmpty(result, stream);
  };
}

export const sort = ordering("mlx_sort");
/** Positions that would sort, as uint32. */
export const argsort = ordering("mlx_argsort");

/** Element `kth` in its sorted place, smaller ones before it; `axis` as for `sort`. */
function selection(name: "mlx_partition" | "mlx_argpartition" | "mlx_topk") {
  const operation = operationOf(name);
  const one = `${name}_axis` as const;
  return (a: MlxArray, k: number, axis: number | null = -1, stream?: Stream): MlxArray =>
    arrayFrom(operation, (slot) =>
      axis === null
        ? c()[name](slot, a.handle, k, streamHandle(stream))
        : c()[one](slot, a.handle, k, axis, streamHandle(stream)),
    );
}

export const partition = selection("mlx_partition");
export const argpartition = selection("mlx_argpartition");
/** The `k` largest elements, in no particular order. */
export const topk = selection("mlx_topk");

/** Where each value would be put into a sorted sequence, before (`left`) or after (`right`) its equals, as uint32. */
export function searchsorted(
  sorted: MlxArray,
  values: Operand,
  side: "left" | "right" = "left",
  stream?: Stream,
): MlxArray {
  return withOperand(values, sorted, (v) =>
    arrayFrom("searchsorted", (slot) => c().mlx_searchsorted(slot, sorted.handle, v, side, streamHandle(stream))),
  );
}

/** Differences of neighbours along an axis, taken `n` times. */
export function diff(a: MlxArray, n = 1, axis = -1, stream?: Stream): MlxArray {
  return arrayFrom("diff", (slot) => c().mlx_diff(slot, a.handle, n, axis, streamHandle(stream)));
}
