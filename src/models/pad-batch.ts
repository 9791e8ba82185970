/** Token ids of several texts as one array. */
import * as mx from "../mlx/index.ts";
import type { EncoderInput } from "./model.ts";

/** Rows of ids padded to the longest; `present` `[batch, length]` is 1 for tokens, 0 for padding. */
export function padBatch(rows: readonly Uint32Array[]): EncoderInput & { present: mx.MlxArray } {
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
  return { ids: mx.fromTypedArray(ids, shape), mask: padded ? array : undefined, present: array };
}
