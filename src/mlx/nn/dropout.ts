/** Dropout as MLX's layers do it: the survivors are scaled up, so that the expected value stays. */
import type { MlxArray } from "../array.ts";
import { multiply } from "../ops.ts";
import { bernoulli } from "../random.ts";

/**
 * A function that sets each element to 0 with the probability `p`, below 1. Each call draws one key; undefined where
 * nothing is dropped, and then nothing is drawn.
 */
export function dropout(p: number, keys: { next(): MlxArray }): ((x: MlxArray) => MlxArray) | undefined {
  const kept = 1 - p;
  if (kept === 1) return undefined;
  return (x) => multiply(multiply(bernoulli(keys.next(), x.shape, kept), x), 1 / kept);
}
