/** Elements by position: slices, lookups, updates. Every result is a new array. */
import { MlxError } from "../../../ffi/errors.ts";
import { arrayFrom, type MlxArray } from "../array.ts";
import type { Operand } from "../create.ts";
import { type Stream, streamHandle } from "../device.ts";
import { c } from "../runtime.ts";
import { ArrayVector, intsOf, operationOf, withOperand } from "./call.ts";

/** One axis of a slice: `[start, stop]` or `[start, stop, step]` with Python's rules, or null for all of it. */
export type Range = readonly [start: number | null, stop: number | null, step?: number] | null;

/** Elements in these ranges, one per axis from the first; the axes left out are whole. */
export function slice(a: MlxArray, ranges: readonly Range[], stream?: Stream): MlxArray {
  const { start, stop, step, n } = bounds("slice", a, ranges);
  return arrayFrom("slice", (slot) => c().mlx_slice(slot, a.handle, start, n, stop, n, step, n, streamHandle(stream)));
}

/** `a` with the elements in these ranges replaced. */
export function sliceUpdate(a: MlxArray, update: Operand, ranges: readonly Range[], stream?: Stream): MlxArray {
  const { start, stop, step, n } = bounds("slice_update", a, ranges);
  return withOperand(update, a, (values) =>
    arrayFrom(
      "slice_update",
      (slot) => c().mlx_slice_update(slot, a.handle, values, start, n, stop, n, step, n, streamHandle(stream)),
      a.shape,
    ),
  );
}

/** `a` with these ranges combined with an update: added to it, or the larger, smaller or product of the two. */
function sliceCombining(name: `mlx_slice_update_${"add" | "max" | "min" | "prod"}`) {
  const operation = operationOf(name);
  return (a: MlxArray, update: Operand, ranges: readonly Range[], stream?: Stream): MlxArray => {
    const { start, stop, step, n } = bounds(operation, a, ranges);
    return withOperand(update, a, (values) =>
      arrayFrom(operation, (slot) =>
        c()[name](slot, a.handle, values, start, n, stop, n, step, n, streamHandle(stream)),
      ),
    );
  };
}

export const sliceUpdateAdd = sliceCombining("mlx_slice_update_add");
export const sliceUpdateMax = sliceCombining("mlx_slice_update_max");
export const sliceUpdateMin = sliceCombining("mlx_slice_update_min");
export const sliceUpdateProd = sliceCombining("mlx_slice_update_prod");

/** A block of `sizes` whose place on `axes` an array gives, so that a compiled graph serves every place. */
export function sliceDynamic(
  a: MlxArray,
  start: MlxArray,
  axes: readonly number[],
  sizes: readonly number[],
  stream?: Stream,
): MlxArray {
  return arrayFrom("slice_dynamic", (slot) =>
    c().mlx_slice_dynamic(
      slot,
      a.handle,
      start.handle,
      intsOf(axes),
      axes.length,
      intsOf(sizes),
      sizes.length,
      streamHandle(stream),
    ),
  );
}

/** `a` with a block replaced whose place on `axes` an array gives. */
export function sliceUpdateDynamic(
  a: MlxArray,
  update: MlxArray,
  start: MlxArray,
  axes: readonly number[],
  stream?: Stream,
): MlxArray {
  return arrayFrom("slice_update_dynamic", (slot) =>
    c().mlx_slice_update_dynamic(
      slot,
      a.handle,
      update.handle,
      start.handle,
      intsOf(axes),
      axes.length,
      streamHandle(stream),
    ),
  );
}

/** Python's ranges as MLX takes them: absent ends filled in by the step's sign. */
function bounds(operation: string, a: MlxArray, ranges: readonly Range[]) {
  const { shape } = a;
  const n = shape.length;
  if (ranges.length > n) throw new MlxError(operation, `${ranges.length} ranges for ${n} axes`);
  const start = new Int32Array(n);
  const stop = new Int32Array(n);
  const step = new Int32Array(n);
  for (let axis = 0; axis < n; axis++) {
    const [from, to, by = 1] = ranges[axis] ?? [null, null];
    if (by === 0) throw new MlxError(operation, `the step of axis ${axis} is 0`);
    const size = shape[axis]!;
    step[axis] = by;
    start[axis] = from ?? (by > 0 ? 0 : size - 1);
    // Below −size, so that it lies before the first element after MLX has added the size.
    stop[axis] = to ?? (by > 0 ? size : -size - 1);
  }
  return { start, stop, step, n };
}

/**
 * Elements at these positions along an axis; without one, in the flattened array. Like all lookups here it trusts the
 * positions: MLX does not compare them with the axis, and one beyond it reads foreign memory.
 */
export function take(a: MlxArray, indices: MlxArray, axis?: number, stream?: Stream): MlxArray {
  return arrayFrom("take", (slot) =>
    axis === undefined
      ? c().mlx_take(slot, a.handle, indices.handle, streamHandle(stream))
      : c().mlx_take_axis(slot, a.handle, indices.handle, axis, streamHandle(stream)),
  );
}

/** For each position of the result, the element of that row at its own index. */
export function takeAlongAxis(a: MlxArray, indices: MlxArray, axis: number, stream?: Stream): MlxArray {
  return arrayFrom("take_along_axis", (slot) =>
    c().mlx_take_along_axis(slot, a.handle, indices.handle, axis, streamHandle(stream)),
  );
}

/** `a` with the elements at these positions of each row replaced. */
export function putAlongAxis(a: MlxArray, indices: MlxArray, values: Operand, axis: number, stream?: Stream): MlxArray {
  return withOperand(values, a, (v) =>
    arrayFrom("put_along_axis", (slot) =>
      c().mlx_put_along_axis(slot, a.handle, indices.handle, v, axis, streamHandle(stream)),
    ),
  );
}

/** `a` with values added at these positions of each row; positions may repeat. */
export function scatterAddAxis(
  a: MlxArray,
  indices: MlxArray,
  values: MlxArray,
  axis: number,
  stream?: Stream,
): MlxArray {
  return arrayFrom("scatter_add_axis", (slot) =>
    c().mlx_scatter_add_axis(slot, a.handle, indices.handle, values.handle, axis, streamHandle(stream)),
  );
}

/** Blocks of `sizes` at the positions that the indices give for `axes`; the shape is indices' then `sizes`. */
export function gather(
  a: MlxArray,
  indices: readonly MlxArray[],
  axes: readonly number[],
  sizes: readonly number[],
  stream?: Stream,
): MlxArray {
  using vector = ArrayVector.of(indices);
  return arrayFrom("gather", (slot) =>
    c().mlx_gather(
      slot,
      a.handle,
      vector.handle,
      intsOf(axes),
      axes.length,
      intsOf(sizes),
      sizes.length,
      streamHandle(stream),
    ),
  );
}

/** How a scattered block meets what is there. */
function scattering(
  name: "mlx_scatter" | "mlx_scatter_add" | "mlx_scatter_max" | "mlx_scatter_min" | "mlx_scatter_prod",
) {
  const operation = operationOf(name);
  return (
    a: MlxArray,
    indices: readonly MlxArray[],
    updates: MlxArray,
    axes: readonly number[],
    stream?: Stream,
  ): MlxArray => {
    using vector = ArrayVector.of(indices);
    return arrayFrom(operation, (slot) =>
      c()[name](slot, a.handle, vector.handle, updates.handle, intsOf(axes), axes.length, streamHandle(stream)),
    );
  };
}

/** Blocks put at the positions that the indices give for `axes`: the inverse of `gather`. */
export const scatter = scattering("mlx_scatter");
export const scatterAdd = scattering("mlx_scatter_add");
export const scatterMax = scattering("mlx_scatter_max");
export const scatterMin = scattering("mlx_scatter_min");
export const scatterProd = scattering("mlx_scatter_prod");

/** The diagonal of two axes, as the last axis. */
export function diagonal(a: MlxArray, offset = 0, axis1 = 0, axis2 = 1, stream?: Stream): MlxArray {
  return arrayFrom("diagonal", (slot) => c().mlx_diagonal(slot, a.handle, offset, axis1, axis2, streamHandle(stream)));
}

/** A matrix with this diagonal, or the diagonal of a matrix. */
export function diag(a: MlxArray, k = 0, stream?: Stream): MlxArray {
  return arrayFrom("diag", (slot) => c().mlx_diag(slot, a.handle, k, streamHandle(stream)));
}

/** The lower triangle; the rest is 0. */
export function tril(a: MlxArray, k = 0, stream?: Stream): MlxArray {
  return arrayFrom("tril", (slot) => c().mlx_tril(slot, a.handle, k, streamHandle(stream)));
}

/** The upper triangle; the rest is 0. */
export function triu(a: MlxArray, k = 0, stream?: Stream): MlxArray {
  return arrayFrom("triu", (slot) => c().mlx_triu(slot, a.handle, k, streamHandle(stream)));
}
