/** Moves rectangles between arrays: cutting out, padding and putting together. */
import { type NdArray, sizeOf, zerosLike } from "./array.ts";

/** Copies `source` into `target`, its first element to position `at`; whole runs of the last dimension at a time. */
export function place(source: NdArray, target: NdArray, at: readonly number[]): void {
  const sizes = source.shape;
  const from = sizes.map(() => 0);
  copyBlock(source, from, target, at, sizes);
}

/** The rectangle of `sizes` that begins at `from`. */
export function cut(source: NdArray, from: readonly number[], sizes: readonly number[]): NdArray {
  const target = zerosLike(source, sizes);
  const at = sizes.map(() => 0);
  copyBlock(source, from, target, at, sizes);
  return target;
}

/** An array of `shape` filled with `value`, with `source` at position `at`. */
export function padded(source: NdArray, shape: readonly number[], at: readonly number[], value: number): NdArray {
  const target = zerosLike(source, shape);
  if (value !== 0) target.data.fill(value);
  place(source, target, at);
  return target;
}

function copyBlock(
  source: NdArray,
  from: readonly number[],
  target: NdArray,
  at: readonly number[],
  sizes: readonly number[],
): void {
  const dims = sizes.length;
  if (sizeOf(sizes) === 0) return;
  if (dims === 0) {
    target.data[0] = source.data[0]!;
    return;
  }
  const run = sizes[dims - 1]!;
  const rows = sizeOf(sizes.slice(0, -1));
  const index = new Array<number>(dims - 1).fill(0);
  for (let row = 0; row < rows; row++) {
    let start = 0;
    let end = 0;
    for (let dim = 0; dim < dims - 1; dim++) {
      start = start * source.shape[dim]! + from[dim]! + index[dim]!;
      end = end * target.shape[dim]! + at[dim]! + index[dim]!;
    }
    start = start * source.shape[dims - 1]! + from[dims - 1]!;
    end = end * target.shape[dims - 1]! + at[dims - 1]!;
    target.data.set(source.data.subarray(start, start + run), end);
    for (let dim = dims - 2; dim >= 0; dim--) {
      if (++index[dim]! < sizes[dim]!) break;
      index[dim] = 0;
    }
  }
}
