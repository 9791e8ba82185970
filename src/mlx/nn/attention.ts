/** Attention of every token to every other of its text, in several heads. */
import type { MlxArray } from "../array.ts";
import { fromTypedArray } from "../create.ts";
import type { DType } from "../dtype.ts";
import { scaledDotProductAttention } from "../fast.ts";
import {
  add,
  astype,
  contiguous,
  divide,
  matmul,
  max,
  multiply,
  reshape,
  subtract,
  sum,
  swapaxes,
  transpose,
} from "../ops.ts";
import { exp2Approximate, isApproximated } from "./approximations.ts";

export interface AttentionInput {
  /** `[batch, length, heads × size]` each; there may be fewer queries, from the first token on. */
  queries: MlxArray;
  keys: MlxArray;
  values: MlxArray;
  heads: number;
  /** Added to the scores; broadcasts to `[batch, heads, length, length]`. */
  mask?: MlxArray | undefined;
  /** Applied to each head's queries and keys, `[batch, heads, length, size]`. */
  rotate?: ((x: MlxArray) => MlxArray) | undefined;
}

/** Added to what must not be seen. Finite, so that nothing turns into NaN. */
export const HIDDEN = -1e9;
/** The same where numbers end at 65,504, and two may come together. */
const HIDDEN_HALF = -3e4;

/** A mask for scores, `[batch, 1, 1, length]`: 0 for tokens, very small for padding; `present` is 1 and 0 for them. */
export function paddingMask(present: MlxArray, dtype: DType): MlxArray {
  const [batch, length] = present.shape as [number, number];
  const hidden = multiply(subtract(present, 1), dtype === "float16" ? -HIDDEN_HALF : -HIDDEN);
  return astype(reshape(hidden, [batch, 1, 1, length]), dtype);
}

/** A mask for scores, `[1, 1, length, length]`: 0 for tokens at most `distance` apart, very small for others. */
export function windowMask(length: number, distance: number, dtype: DType): MlxArray {
  const mask = new Float32Array(length * length).fill(dtype === "float16" ? HIDDEN_HALF : HIDDEN);
  for (let row = 0; row < length; row++) {
    mask.fill(0, row * length + Math.max(0, row - distance), row * length + Math.min(length, row + distance + 1));
  }
  return astype(fromTypedArray(mask, [1, 1, length, length]), dtype);
}

/** Concatenated heads, `[batch, length, heads × size]`. */
export function multiHeadAttention({ queries, keys, values, heads, mask, rotate }: AttentionInput): MlxArray {
  const [batch, length, width] = queries.shape as [number, number, number];
  const size = width / heads;
  const split = (x: MlxArray) => transpose(reshape(x, [batch, x.shape[1]!, heads, size]), [0, 2, 1, 3]);
  const scale = 1 / Math.sqrt(size);
  const attend = isApproximated(queries) ? attendOnCpu : attendFused;
  const placed = (x: MlxArray) => (rotate ? rotate(split(x)) : split(x));
  const result = attend(placed(queries), placed(keys), split(values), scale, mask);
  return reshape(transpose(result, [0, 2, 1, 3]), [batch, length, width]);
}

type Attend = (q: MlxArray, k: MlxArray, v: MlxArray, scale: number, mask: MlxArray | undefined) => MlxArray;

const attendFused: Attend = (q, k, v, scale, mask) =>
  scaledDotProductAttention(q, k, v, mask ? { scale, mask } : { scale });

/**
 * Softmax to the base 2, which takes one multiplication of the queries. The heads are copied into rows first: products
 * of strided views take twice as long. The sum divides the result, which is shorter than a row of scores.
 */
const attendOnCpu: Attend = (q, k, v, scale, mask) => {
  const scaled = multiply(contiguous(q), scale * Math.LOG2E);
  let scores = matmul(scaled, swapaxes(contiguous(k), -1, -2));
  if (mask) scores = add(scores, multiply(mask, Math.LOG2E));
  const weights = exp2Approximate(subtract(scores, max(scores, -1, true)));
  return divide(matmul(weights, contiguous(v)), sum(weights, -1, true));
};
