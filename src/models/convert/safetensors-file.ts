/** Arrays as tensors of a file that is written one by one, so that only one is in memory. */
import { assert } from "../../core/errors.ts";
import type { DType, MlxArray } from "../../mlx/index.ts";
import * as mx from "../../mlx/index.ts";
import type { PlannedTensor } from "./tensor-file.ts";

const typeNames: Partial<Readonly<Record<DType, PlannedTensor["dtype"]>>> = {
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  uint32: "U32",
  uint8: "U8",
};
/** Tensors are copied out in pieces of about this many bytes. */
const PIECE_BYTES = 32 * 2 ** 20;

/** An array that is computed when its turn comes, and freed afterwards: its owner is who writes it. */
export function plannedArray(name: string, array: MlxArray): PlannedTensor {
  const dtype = typeNames[array.dtype];
  assert(dtype, `no weight is ${array.dtype}`);
  const { shape, nbytes: bytes } = array;
  return { name, dtype, shape, bytes, pieces: () => piecesOf(array) };
}

/** Rows that are next to each other, so that a large tensor is never copied whole. */
function* piecesOf(array: MlxArray): Generator<Uint8Array> {
  if (array.nbytes > 0) {
    array.eval();
    const rows = array.shape[0] ?? 1;
    const step =
      array.nbytes <= PIECE_BYTES || array.ndim < 2
        ? rows
        : Math.max(1, Math.floor(PIECE_BYTES / (array.nbytes / rows)));
    if (step >= rows) yield new Uint8Array(array.toBytes());
    for (let row = 0; step < rows && row < rows; row += step) {
      using piece = mx.slice(array, [[row, Math.min(rows, row + step)]]);
      yield new Uint8Array(piece.toBytes());
    }
  }
  array.dispose();
}
