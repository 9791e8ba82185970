/** The loss over a fixed set of batches, without training. */
import * as mx from "../mlx/index.ts";
import type { Params } from "../mlx/nn/params.ts";
import type { Reducer } from "./distributed/reducer.ts";
import type { Objective } from "./objective.ts";

export interface EvaluationResult {
  /** Mean over everything that counts; NaN when nothing does. */
  loss: number;
  /** How much that is: tokens, pairs. */
  weight: number;
}

/**
 * @param params without dropout
 * @returns undefined when the signal stopped it
 */
export async function evaluate<B>(
  params: Params,
  batches: AsyncIterable<B>,
  objective: Objective<B>,
  options: { reducer: Reducer; signal?: AbortSignal | undefined; onBatch?: (done: number) => void },
): Promise<EvaluationResult | undefined> {
  let total = 0;
  let weight = 0;
  let done = 0;
  for await (const batch of batches) {
    if (options.signal?.aborted) return undefined;
    const own = objective.weight(batch);
    // Nothing of it counts: its mean would be 0/0.
    if (own > 0) {
      // Computed only when the handles of its parts are freed: each would keep its numbers until the end.
      using loss = mx.keep(mx.tidy(() => objective.loss(params, objective.arrays(batch), undefined)));
      total += own * Number(loss.item());
      weight += own;
    }
    options.onBatch?.(++done);
    // Signals are heard only between macrotasks.
    await new Promise(setImmediate);
  }
  const [losses, weights] = options.reducer.sum([total, weight]) as [number, number];
  return { loss: losses / weights, weight: weights };
}
