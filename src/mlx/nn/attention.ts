/** Attention of every token to every other of its text, in several heads. */
import type { MlxArray } from "../array.ts";
import { scaledDotProductAttention } from "../fast.ts";
import { add, contiguous, divide, matmul, max, multiply, reshape, subtract, sum, swapaxes, transpose } from "../ops.ts";
import { exp2Approximate, isApproximated } from "./approximations.ts";

export interface AttentionInput {
  /** `[batch, length, heads × size]` each. */
  queries: MlxArray;
  keys: MlxArray;
  values: MlxArray;
  heads: number;
  /** Added to the scores, `[batch, 1, 1, length]`: 0 for tokens, very small for padding. */
  mask?: MlxArray | undefined;
}

/** Concatenated heads, `[batch, length, heads × size]`. */
export function multiHeadAttention({ queries, keys, values, heads, mask }: AttentionInput): MlxArray {
  const [batch, length, width] = queries.shape as [number, number, number];
  const size = width / heads;
  const split = (x: MlxArray) => transpose(reshape(x, [batch, length, heads, size]), [0, 2, 1, 3]);
  const scale = 1 / Math.sqrt(size);
  const attend = isApproximated(queries) ? attendOnCpu : attendFused;
  const result = attend(split(queries), split(keys), split(values), scale, mask);
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
  if (mask) scores = add(scores, mask);
  const weights = exp2Approximate(subtract(scores, max(scores, -1, true)));
  return divide(matmul(weights, contiguous(v)), sum(weights, -1, true));
};
