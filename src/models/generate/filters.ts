/** Filters of log-probabilities `[rows, vocabulary]`: what a filter drops becomes -∞. mlx-lm's arithmetic, step by step. */
import * as mx from "../../mlx/index.ts";

const NEVER = Number.NEGATIVE_INFINITY;

/** Keeps the most likely tokens whose probabilities together reach `topP` of the whole. */
export function keepTopP(logprobs: mx.MlxArray, topP: number): mx.MlxArray {
  const sorted = mx.sort(logprobs);
  const probabilities = mx.exp(mx.astype(sorted, "float32"));
  const above = mx.cumsum(probabilities, -1, { reverse: true, inclusive: false });
  const first = (x: mx.MlxArray) => mx.slice(x, [null, [0, 1]]);
  const total = mx.add(first(above), first(probabilities));
  const dropped = mx.sum(mx.greaterEqual(above, mx.multiply(total, topP)), -1, true);
  const threshold = mx.takeAlongAxis(sorted, dropped, -1);
  return mx.where(mx.less(logprobs, threshold), NEVER, logprobs);
}

/** Keeps tokens that are at least `minP` times as likely as the most likely one, and `atLeast` in any case. */
export function keepMinP(logprobs: mx.MlxArray, minP: number, atLeast: number): mx.MlxArray {
  const threshold = mx.add(mx.max(logprobs, -1, true), Math.log(minP));
  let removed = mx.less(logprobs, threshold);
  if (atLeast > 1) {
    const vocabulary = logprobs.shape[1]!;
    const count = Math.min(atLeast, vocabulary);
    const order = mx.argpartition(logprobs, -count, -1);
    const best = mx.slice(order, [null, [vocabulary - count, vocabulary]]);
    removed = mx.putAlongAxis(removed, best, false, -1);
  }
  return mx.where(removed, NEVER, logprobs);
}

/** Keeps the `topK` most likely tokens. */
export function keepTopK(logprobs: mx.MlxArray, topK: number): mx.MlxArray {
  const order = mx.argpartition(mx.negative(logprobs), topK - 1, -1);
  const rest = mx.slice(order, [null, [topK, logprobs.shape[1]!]]);
  return mx.putAlongAxis(logprobs, rest, NEVER, -1);
}

export interface Xtc {
  probability: number;
  threshold: number;
  /** Tokens that are never dropped, such as the end of a text. */
  spared: readonly number[];
}

/**
 * "Exclude top choices": with the given probability, of all tokens above the threshold only the least likely one stays.
 * @param draw uniform in [0, 1), a single number
 */
export function excludeTopChoices(logprobs: mx.MlxArray, xtc: Xtc, draw: mx.MlxArray): mx.MlxArray {
  const probabilities = mx.softmax(logprobs, -1);
  const likely = mx.where(mx.greater(probabilities, xtc.threshold), probabilities, Number.POSITIVE_INFINITY);
  let dropped = mx.greater(probabilities, mx.min(likely, -1, true));
  const [rows, vocabulary] = logprobs.shape as [number, number];
  // A model's files may name tokens that it does not have; MLX would write to foreign memory for them.
  const spared = xtc.spared.filter((token) => token >= 0 && token < vocabulary);
  if (spared.length > 0) {
    dropped = mx.putAlongAxis(dropped, mx.broadcastTo(mx.array([spared], "int32"), [rows, spared.length]), false, -1);
  }
  return mx.where(mx.greater(draw, xtc.probability), logprobs, mx.where(dropped, NEVER, logprobs));
}
