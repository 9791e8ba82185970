/** One vector for a text from the vectors of its tokens. */
import type { MlxArray } from "../array.ts";
import {
  add,
  arange,
  astype,
  divide,
  matmul,
  max,
  maximum,
  multiply,
  reshape,
  slice,
  sqrt,
  square,
  squeeze,
  subtract,
  sum,
  takeAlongAxis,
} from "../ops.ts";
import { HIDDEN } from "./attention.ts";

/** By the names that sentence-transformers gives them. */
export const poolings = ["mean", "cls", "max", "lasttoken", "weightedmean", "mean_sqrt_len_tokens"] as const;
export type Pooling = (typeof poolings)[number];

/**
 * `hidden` `[batch, length, width]`, float32, to `[batch, width]`. `mask` `[batch, length]` is 1 for tokens, 0 for
 * padding, which follows them; the first `skip` tokens (a prompt) have 0 there too.
 */
export function pool(hidden: MlxArray, mask: MlxArray, pooling: Pooling, skip = 0): MlxArray {
  const [batch, length, width] = hidden.shape as [number, number, number];
  const first = Math.min(skip, length - 1);
  switch (pooling) {
    case "cls":
      return reshape(slice(hidden, [null, [first, first + 1]]), [batch, width]);
    case "max":
      return max(add(hidden, multiply(subtract(reshape(mask, [batch, length, 1]), 1), -HIDDEN)), 1);
    case "lasttoken": {
      const last = add(sum(mask, 1, true), first - 1);
      return squeeze(takeAlongAxis(hidden, reshape(astype(last, "int32"), [batch, 1, 1]), 1), 1);
    }
    case "mean":
      return divide(total(hidden, mask), maximum(sum(mask, 1, true), 1));
    case "weightedmean": {
      const weights = multiply(mask, arange(1, length + 1, 1, "float32"));
      return divide(total(hidden, weights), maximum(sum(weights, 1, true), 1));
    }
    case "mean_sqrt_len_tokens":
      return divide(total(hidden, mask), sqrt(maximum(sum(mask, 1, true), 1)));
  }
}

/** Sum over the tokens, each times its weight: `[batch, width]`. */
function total(hidden: MlxArray, weights: MlxArray): MlxArray {
  const [batch, length] = hidden.shape as [number, number, number];
  return squeeze(matmul(reshape(weights, [batch, 1, length]), hidden), 1);
}

/** Rows of length 1; a row of zeros stays as it is. */
export function normalizeRows(x: MlxArray): MlxArray {
  return divide(x, maximum(sqrt(sum(square(x), -1, true)), 1e-12));
}
