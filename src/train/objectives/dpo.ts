/**
 * Learning from pairs of a preferred and a rejected answer without a reward model: DPO (Rafailov et al. 2023), with
 * smoothed labels (cDPO, Mitchell 2023), and the losses of IPO (Azar et al. 2023) and SLiC (Zhao et al. 2023).
 */
import { UsageError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import type { PreferenceLoss, PreferenceSettings } from "../preferences/config.ts";

export interface DpoOptions {
  /** How strongly the trained model is held to the reference; above 0. */
  beta: number;
  loss: PreferenceLoss;
  /** Share of pairs whose order is taken to be wrong, below ½; of `sigmoid` only. */
  labelSmoothing: number;
}

/** @throws UsageError for smoothed labels with a loss that knows none */
export function dpoOptions({ beta, preferenceLoss: loss, labelSmoothing }: PreferenceSettings): DpoOptions {
  if (labelSmoothing > 0 && loss !== "sigmoid") throw new UsageError(`label smoothing does nothing with ${loss}`);
  return { beta, loss, labelSmoothing };
}

/**
 * Log-probabilities of whole answers, float32 `[pairs]` each: sums over the tokens, but means for `ipo`, whose target
 * would otherwise mean less the longer the answers are.
 */
export interface PairLogProbs {
  chosen: mx.MlxArray;
  rejected: mx.MlxArray;
}

export interface DpoResult {
  /** One number: mean over the pairs. */
  loss: mx.MlxArray;
  /** `[pairs]`: β times what the trained model adds to the reference's log-probability. */
  chosenRewards: mx.MlxArray;
  rejectedRewards: mx.MlxArray;
}

/** The loss of a batch of pairs under the trained model and the reference, which gets no gradient. */
export function dpoLoss(policy: PairLogProbs, reference: PairLogProbs, options: DpoOptions): DpoResult {
  const chosen = mx.subtract(policy.chosen, mx.stopGradient(reference.chosen));
  const rejected = mx.subtract(policy.rejected, mx.stopGradient(reference.rejected));
  return {
    loss: mx.mean(losses(mx.subtract(chosen, rejected), options)),
    chosenRewards: mx.multiply(chosen, options.beta),
    rejectedRewards: mx.multiply(rejected, options.beta),
  };
}

/** @param gain how much more the trained model prefers the chosen answer than the reference does */
function losses(gain: mx.MlxArray, { beta, loss, labelSmoothing }: DpoOptions): mx.MlxArray {
  switch (loss) {
    case "sigmoid": {
      const margin = mx.multiply(gain, beta);
      const right = mx.logaddexp(0, mx.negative(margin));
      if (labelSmoothing === 0) return right;
      const wrong = mx.logaddexp(0, margin);
      return mx.add(mx.multiply(right, 1 - labelSmoothing), mx.multiply(wrong, labelSmoothing));
    }
    case "ipo":
      return mx.square(mx.subtract(gain, 1 / (2 * beta)));
    case "hinge":
      return mx.maximum(mx.subtract(1, mx.multiply(gain, beta)), 0);
  }
}
