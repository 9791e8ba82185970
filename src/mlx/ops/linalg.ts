/** Products of vectors and matrices, also quantized ones. */

import { safeText } from "../../../ffi/call.ts";
import { MlxError } from "../../../ffi/errors.ts";
import { packOptionalFloat, packOptionalInt } from "../../../ffi/types.ts";
import { arrayFrom, type MlxArray } from "../array.ts";
import { type Stream, streamHandle } from "../device.ts";
import { codeOf, type DType } from "../dtype.ts";
import { c } from "../runtime.ts";
import { ArrayVector, arraysFrom, binary, intsOf } from "./call.ts";

/** Matrix product over the last two axes, the others broadcast; a vector counts as a row or a column. */
export function matmul(a: MlxArray, b: MlxArray, stream?: Stream): MlxArray {
  return arrayFrom("matmul", (slot) => c().mlx_matmul(slot, a.handle, b.handle, streamHandle(stream)));
}

/** alpha·(a @ b) + beta·c. */
export function addmm(bias: MlxArray, a: MlxArray, b: MlxArray, alpha = 1, beta = 1, stream?: Stream): MlxArray {
  return arrayFrom("addmm", (slot) =>
    c().mlx_addmm(slot, bias.handle, a.handle, b.handle, alpha, beta, streamHandle(stream)),
  );
}

/** Σ over the last axes. */
export const inner = binary("mlx_inner");
export const outer = binary("mlx_outer");
export const kron = binary("mlx_kron");

/** Σ a·b along one axis. */
export function vecdot(a: MlxArray, b: MlxArray, axis = -1, stream?: Stream): MlxArray {
  return arrayFrom("vecdot", (slot) => c().mlx_vecdot(slot, a.handle, b.handle, axis, streamHandle(stream)));
}

/** Sum of products over the last `axes` axes of a and the first of b, or over the named pairs. */
export function tensordot(
  a: MlxArray,
  b: MlxArray,
  axes: number | readonly [readonly number[], readonly number[]] = 2,
  stream?: Stream,
): MlxArray {
  return arrayFrom("tensordot", (slot) => {
    const s = streamHandle(stream);
    if (typeof axes === "number") return c().mlx_tensordot_axis(slot, a.handle, b.handle, axes, s);
    const [left, right] = axes;
    return c().mlx_tensordot(slot, a.handle, b.handle, intsOf(left), left.length, intsOf(right), right.length, s);
  });
}

/** Einstein's summation, e.g. `"bhqd,bhkd->bhqk"`. */
export function einsum(subscripts: string, operands: readonly MlxArray[], stream?: Stream): MlxArray {
  using inputs = ArrayVector.of(operands);
  const text = safeText(subscripts, "einsum");
  return arrayFrom("einsum", (slot) => c().mlx_einsum(slot, text, inputs.handle, streamHandle(stream)));
}

/** Sum of the diagonal of two axes. */
export function trace(
  a: MlxArray,
  options: { offset?: number; axis1?: number; axis2?: number; dtype?: DType } = {},
  stream?: Stream,
): MlxArray {
  const { offset = 0, axis1 = 0, axis2 = 1, dtype = a.dtype } = options;
  return arrayFrom("trace", (slot) =>
    c().mlx_trace_axes(slot, a.handle, offset, axis1, axis2, codeOf(dtype), streamHandle(stream)),
  );
}

/** How matrices are quantized: `groupSize` weights share a scale. Left out, MLX takes the mode's own sizes. */
export interface Quantization {
  groupSize?: number;
  bits?: number;
  mode?: "affine" | "mxfp4" | "mxfp8" | "nvfp4";
}

export interface QuantizedMatrix {
  weight: MlxArray;
  scales: MlxArray;
  /** Only `affine` has them. */
  biases?: MlxArray;
}

export function quantize(w: MlxArray, quantization: Quantization = {}, stream?: Stream): QuantizedMatrix {
  const { groupSize, bits, mode = "affine" } = quantization;
  // MLX divides by the group's size unseen.
  if (groupSize !== undefined && groupSize < 1) throw new MlxError("quantize", `a group of ${groupSize} weights`);
  const [weight, scales, biases] = arraysFrom("quantize", (slot) =>
    c().mlx_quantize(
      slot,
      w.handle,
      packOptionalInt(groupSize),
      packOptionalInt(bits),
      mode,
      null,
      streamHandle(stream),
    ),
  );
  return biases ? { weight: weight!, scales: scales!, biases } : { weight: weight!, scales: scales! };
}

export function dequantize(
  matrix: QuantizedMatrix,
  quantization: Quantization & { dtype?: DType } = {},
  stream?: Stream,
): MlxArray {
  const { groupSize, bits, mode = "affine", dtype } = quantization;
  return arrayFrom("dequantize", (slot) =>
    c().mlx_dequantize(
      slot,
      matrix.weight.handle,
      matrix.scales.handle,
      matrix.biases?.handle ?? null,
      packOptionalInt(groupSize),
      packOptionalInt(bits),
      mode,
      null,
      packOptionalInt(dtype && codeOf(dtype)),
      streamHandle(stream),
    ),
  );
}

/** x times a quantized matrix, transposed by default. */
export function quantizedMatmul(
  x: MlxArray,
  matrix: QuantizedMatrix,
  quantization: Quantization & { transpose?: boolean } = {},
  stream?: Stream,
): MlxArray {
  const { groupSize, bits, mode = "affine", transpose = true } = quantization;
  return arrayFrom("quantized_matmul", (slot) =>
    c().mlx_quantized_matmul(
      slot,
      x.handle,
      matrix.weight.handle,
      matrix.scales.handle,
      matrix.biases?.handle ?? null,
      transpose,
      packOptionalInt(groupSize),
      packOptionalInt(bits),
      mode,
      streamHandle(stream),
    ),
  );
}

/** One-dimensional convolution of `[N, L, C]` with `[O, K, C]`. */
export function conv1d(
  input: MlxArray,
  weight: MlxArray,
  options: { stride?: number; padding?: number; dilation?: number; groups?: number } = {},
  stream?: Stream,
): MlxArray {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  // MLX divides by the number of groups unseen.
  if (groups < 1) throw new MlxError("conv1d", `${groups} groups: there must be at least one`);
  return arrayFrom("conv1d", (slot) =>
    c().mlx_conv1d(slot, input.handle, weight.handle, stride, padding, dilation, groups, streamHandle(stream)),
  );
}

/** The Hadamard transform of the last axis, times `scale` (1 / √size by default). */
export function hadamardTransform(a: MlxArray, scale?: number, stream?: Stream): MlxArray {
  return arrayFrom("hadamard_transform", (slot) =>
    c().mlx_hadamard_transform(slot, a.handle, packOptionalFloat(scale), streamHandle(stream)),
  );
}

/** matmul of the matrices that the indices choose from a and b; null takes them in order. */
export function gatherMm(
  a: MlxArray,
  b: MlxArray,
  lhsIndices: MlxArray | null,
  rhsIndices: MlxArray | null,
  sortedIndices = false,
  stream?: Stream,
): MlxArray {
  return arrayFrom("gather_mm", (slot) =>
    c().mlx_gather_mm(
      slot,
      a.handle,
      b.handle,
      lhsIndices?.handle ?? null,
      rhsIndices?.handle ?? null,
      sortedIndices,
      streamHandle(stream),
    ),
  );
}
