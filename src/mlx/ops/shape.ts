/** Shapes and axes: the same elements in another arrangement, and arrays put together or taken apart. */
import { MlxError } from "../../../ffi/errors.ts";
import { arrayFrom, type MlxArray, type Shape } from "../array.ts";
import type { Operand } from "../create.ts";
import { type Stream, streamHandle } from "../device.ts";
import { c } from "../runtime.ts";
import { ArrayVector, arraysFrom, intsOf, unary, withOperand } from "./call.ts";

/** The same elements in another shape; one size may be −1. */
export function reshape(a: MlxArray, shape: Shape, stream?: Stream): MlxArray {
  return arrayFrom(
    "reshape",
    (slot) => c().mlx_reshape(slot, a.handle, intsOf(shape), shape.length, streamHandle(stream)),
    shape.includes(-1) ? undefined : [...shape],
  );
}

/** Axes `start` to `end`, both included, as one. */
export function flatten(a: MlxArray, start = 0, end = -1, stream?: Stream): MlxArray {
  return arrayFrom("flatten", (slot) => c().mlx_flatten(slot, a.handle, start, end, streamHandle(stream)));
}

/** One axis as several. */
export function unflatten(a: MlxArray, axis: number, shape: Shape, stream?: Stream): MlxArray {
  // MLX divides by the product of the known sizes, and ends the process when that is 0.
  if (shape.includes(-1) && shape.includes(0)) throw new MlxError("unflatten", `the −1 in [${shape}] cannot be told`);
  return arrayFrom("unflatten", (slot) =>
    c().mlx_unflatten(slot, a.handle, axis, intsOf(shape), shape.length, streamHandle(stream)),
  );
}

/** Axes in another order, reversed by default. */
export function transpose(a: MlxArray, axes?: readonly number[], stream?: Stream): MlxArray {
  if (axes === undefined) {
    return arrayFrom("transpose", (slot) => c().mlx_transpose(slot, a.handle, streamHandle(stream)));
  }
  const shape = a.knownShape;
  return arrayFrom(
    "transpose",
    (slot) => c().mlx_transpose_axes(slot, a.handle, intsOf(axes), axes.length, streamHandle(stream)),
    shape && axes.map((axis) => shape.at(axis)!),
  );
}

export function swapaxes(a: MlxArray, axis1: number, axis2: number, stream?: Stream): MlxArray {
  return arrayFrom("swapaxes", (slot) => c().mlx_swapaxes(slot, a.handle, axis1, axis2, streamHandle(stream)));
}

export function moveaxis(a: MlxArray, source: number, destination: number, stream?: Stream): MlxArray {
  return arrayFrom("moveaxis", (slot) => c().mlx_moveaxis(slot, a.handle, source, destination, streamHandle(stream)));
}

/** New axes of size 1 at these places of the result. */
export function expandDims(a: MlxArray, axis: number | readonly number[], stream?: Stream): MlxArray {
  return arrayFrom("expand_dims", (slot) =>
    typeof axis === "number"
      ? c().mlx_expand_dims(slot, a.handle, axis, streamHandle(stream))
      : c().mlx_expand_dims_axes(slot, a.handle, intsOf(axis), axis.length, streamHandle(stream)),
  );
}

/** Without these axes of size 1, or without all such axes. */
export function squeeze(a: MlxArray, axis?: number | readonly number[], stream?: Stream): MlxArray {
  return arrayFrom("squeeze", (slot) => {
    const s = streamHandle(stream);
    if (axis === undefined) return c().mlx_squeeze(slot, a.handle, s);
    if (typeof axis === "number") return c().mlx_squeeze_axis(slot, a.handle, axis, s);
    return c().mlx_squeeze_axes(slot, a.handle, intsOf(axis), axis.length, s);
  });
}

export const atleast1d = unary("mlx_atleast_1d");
export const atleast2d = unary("mlx_atleast_2d");
export const atleast3d = unary("mlx_atleast_3d");

export function broadcastTo(a: MlxArray, shape: Shape, stream?: Stream): MlxArray {
  return arrayFrom("broadcast_to", (slot) =>
    c().mlx_broadcast_to(slot, a.handle, intsOf(shape), shape.length, streamHandle(stream)),
  );
}

export function broadcastArrays(arrays: readonly MlxArray[], stream?: Stream): MlxArray[] {
  using inputs = ArrayVector.of(arrays);
  return arraysFrom("broadcast_arrays", (slot) => c().mlx_broadcast_arrays(slot, inputs.handle, streamHandle(stream)));
}

/** Row-major memory; the array itself when it has that already. */
export function contiguous(a: MlxArray, allowColMajor = false, stream?: Stream): MlxArray {
  return arrayFrom("contiguous", (slot) => c().mlx_contiguous(slot, a.handle, allowColMajor, streamHandle(stream)));
}

/** Joined along an existing axis; with null, flattened first. */
export function concatenate(arrays: readonly MlxArray[], axis: number | null = 0, stream?: Stream): MlxArray {
  using inputs = ArrayVector.of(arrays);
  return arrayFrom("concatenate", (slot) =>
    axis === null
      ? c().mlx_concatenate(slot, inputs.handle, streamHandle(stream))
      : c().mlx_concatenate_axis(slot, inputs.handle, axis, streamHandle(stream)),
  );
}

/** Joined along a new axis. */
export function stack(arrays: readonly MlxArray[], axis = 0, stream?: Stream): MlxArray {
  using inputs = ArrayVector.of(arrays);
  return arrayFrom("stack", (slot) => c().mlx_stack_axis(slot, inputs.handle, axis, streamHandle(stream)));
}

/** Taken apart along an axis, which is gone from the parts. */
export function unstack(a: MlxArray, axis = 0, stream?: Stream): MlxArray[] {
  return arraysFrom("unstack", (slot) => c().mlx_unstack_axis(slot, a.handle, axis, streamHandle(stream)));
}

/** Into `parts` equal pieces, or into pieces that end at the given positions. */
export function split(a: MlxArray, parts: number | readonly number[], axis = 0, stream?: Stream): MlxArray[] {
  return arraysFrom("split", (slot) =>
    typeof parts === "number"
      ? c().mlx_split(slot, a.handle, parts, axis, streamHandle(stream))
      : c().mlx_split_sections(slot, a.handle, intsOf(parts), parts.length, axis, streamHandle(stream)),
  );
}

export function tile(a: MlxArray, reps: readonly number[], stream?: Stream): MlxArray {
  return arrayFrom("tile", (slot) => c().mlx_tile(slot, a.handle, intsOf(reps), reps.length, streamHandle(stream)));
}

/** Each element this many times, along an axis or (undefined) flattened. */
export function repeat(a: MlxArray, repeats: number, axis?: number, stream?: Stream): MlxArray {
  return arrayFrom("repeat", (slot) =>
    axis === undefined
      ? c().mlx_repeat(slot, a.handle, repeats, streamHandle(stream))
      : c().mlx_repeat_axis(slot, a.handle, repeats, axis, streamHandle(stream)),
  );
}

/** Reversed along the axes, or along all. */
export function flip(a: MlxArray, axis?: number | readonly number[], stream?: Stream): MlxArray {
  return arrayFrom("flip", (slot) => {
    const s = streamHandle(stream);
    if (axis === undefined) return c().mlx_flip(slot, a.handle, s);
    if (typeof axis === "number") return c().mlx_flip_axis(slot, a.handle, axis, s);
    return c().mlx_flip_axes(slot, a.handle, intsOf(axis), axis.length, s);
  });
}

/** Shifted in a circle along the axes, or over the flattened array. */
export function roll(
  a: MlxArray,
  shift: number | readonly number[],
  axis?: number | readonly number[],
  stream?: Stream,
): MlxArray {
  const shifts = intsOf(typeof shift === "number" ? [shift] : shift);
  return arrayFrom("roll", (slot) => {
    const s = streamHandle(stream);
    if (axis === undefined) return c().mlx_roll(slot, a.handle, shifts, shifts.length, s);
    if (typeof axis === "number") return c().mlx_roll_axis(slot, a.handle, shifts, shifts.length, axis, s);
    return c().mlx_roll_axes(slot, a.handle, shifts, shifts.length, intsOf(axis), axis.length, s);
  });
}

/** Elements added before and after, one pair per axis: `value` there, or (mode `edge`) the nearest element. */
export function pad(
  a: MlxArray,
  widths: readonly (readonly [before: number, after: number])[],
  value: Operand = 0,
  mode: "constant" | "edge" = "constant",
  stream?: Stream,
): MlxArray {
  if (widths.length !== a.ndim) throw new MlxError("pad", `${widths.length} widths for ${a.ndim} axes`);
  const axes = intsOf(widths.map((_, axis) => axis));
  const low = intsOf(widths.map(([before]) => before));
  const high = intsOf(widths.map(([, after]) => after));
  const n = widths.length;
  return withOperand(value, a, (fill) =>
    arrayFrom("pad", (slot) => c().mlx_pad(slot, a.handle, axes, n, low, n, high, n, fill, mode, streamHandle(stream))),
  );
}

/** Arrays of coordinates from arrays along each axis. */
export function meshgrid(
  arrays: readonly MlxArray[],
  options: { sparse?: boolean; indexing?: "xy" | "ij" } = {},
  stream?: Stream,
): MlxArray[] {
  using inputs = ArrayVector.of(arrays);
  const { sparse = false, indexing = "xy" } = options;
  return arraysFrom("meshgrid", (slot) =>
    c().mlx_meshgrid(slot, inputs.handle, sparse, indexing, streamHandle(stream)),
  );
}
