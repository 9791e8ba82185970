/** Token ids of several texts as one array. */
import * as mx from "../mlx/index.ts";
import type { EncoderInput } from "./model.ts";

/** Segments of tokens as the encoders want them, padded with 0 to the longest row. */
export function padTypes(rows: readonly Uint8Array[]): mx.MlxArray {
  const length = Math.max(...rows.map((row) => row.length));
  const types = new Int32Array(rows.length * length);
  rows.forEach((row, i) => {
    types.set(row, i * length);
  });
  return mx.fromTypedArray(types, [rows.length, length]);
}

/**
 * Rows of ids padded to the longest; `present` `[batch, length]` is 1 for tokens, 0 for padding and for the first `skip`
 * tokens of each row, which the mask still shows.
 */
export function padBatch(rows: readonly Uint32Array[], skip = 0): EncoderInput & { present: mx.MlxArray } {
  const length = Math.max(...rows.map((ids) => ids.length));
  const shape = [rows.length, length];
  const ids = new Int32Array(rows.length * length);
  const present = new Float32Array(rows.length * length);
  rows.forEach((row, i) => {
    ids.set(row, i * length);
    present.fill(1, i * length, i * length + row.length);
  });
  const array = mx.fromTypedArray(present, shape);
  const padded = rows.some((row) => row.length < length);
  const mask = padded ? array : undefined;
  if (skip === 0) return { ids: mx.fromTypedArray(ids, shape), mask, present: array };
  for (let i = 0; i < rows.length; i++) present.fill(0, i * length, Math.min(i * length + skip, (i + 1) * length));
  return { ids: mx.fromTypedArray(ids, shape), mask, present: mx.fromTypedArray(present, shape) };
}
