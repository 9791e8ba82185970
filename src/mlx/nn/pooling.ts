/** One vector for a text from the vectors of its tokens. */
import type { MlxArray } from "../array.ts";
import {
  add,
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
} from "../ops.ts";

export const poolings = ["mean", "cls", "max"] as const;
export type Pooling = (typeof poolings)[number];

/** Added to what must not be seen. Finite, so that nothing turns into NaN. */
export const HIDDEN = -1e9;

/** `hidden` `[batch, length, width]` to `[batch, width]`; `mask` `[batch, length]` is 1 for tokens, 0 for padding. */
export function pool(hidden: MlxArray, mask: MlxArray, pooling: Pooling): MlxArray {
  const [batch, length, width] = hidden.shape as [number, number, number];
  switch (pooling) {
    case "cls":
      return reshape(slice(hidden, [null, [0, 1]]), [batch, width]);
    case "max":
      return max(add(hidden, multiply(subtract(reshape(mask, [batch, length, 1]), 1), -HIDDEN)), 1);
    case "mean": {
      const total = squeeze(matmul(reshape(mask, [batch, 1, length]), hidden), 1);
      return divide(total, maximum(sum(mask, 1, true), 1));
    }
  }
}

/** Rows of length 1; a row of zeros stays as it is. */
export function normalizeRows(x: MlxArray): MlxArray {
  return divide(x, maximum(sqrt(sum(square(x), -1, true)), 1e-12));
}
