/** Log-probabilities of whole answers, from the logits of their tokens. */
import * as mx from "../../mlx/index.ts";

export interface SequenceLogProbs {
  /** float32 `[rows]`: log-probability of each row's counted targets, added up. */
  sums: mx.MlxArray;
  /** float32 `[rows]`: how many those are. */
  counts: mx.MlxArray;
}

/**
 * Computed in float32 whatever the logits are: differences of sums over hundreds of tokens are what preferences are
 * learned from. `logits` `[rows, length, vocabulary]`, `targets` int32 `[rows, length]`, `counted` bool of that shape.
 */
export function sequenceLogProbs(logits: mx.MlxArray, targets: mx.MlxArray, counted: mx.MlxArray): SequenceLogProbs {
  const exact = mx.astype(logits, "float32");
  const chosen = mx.squeeze(mx.takeAlongAxis(exact, mx.expandDims(targets, -1), -1), -1);
  const tokens = mx.where(counted, mx.subtract(chosen, mx.logsumexp(exact, -1)), 0);
  return { sums: mx.sum(tokens, -1), counts: mx.sum(mx.astype(counted, "float32"), -1) };
}
