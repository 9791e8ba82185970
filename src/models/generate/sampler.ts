/** Choosing the next token from log-probabilities, in mlx-lm's order: top-p, min-p, XTC, top-k, temperature. */
import { MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import type { KeySequence } from "../../mlx/nn/key-sequence.ts";
import { excludeTopChoices, keepMinP, keepTopK, keepTopP } from "./filters.ts";

export interface SamplingOptions {
  /** 0 takes the likeliest token. */
  temperature: number;
  /** Share of the probability that is kept, likeliest first; 0 and 1 keep all. */
  topP: number;
  /** Least probability, as a share of the likeliest token's; 0 keeps all. */
  minP: number;
  /** Tokens that min-p never drops. */
  minTokensToKeep: number;
  /** Tokens that are kept; 0 keeps all. */
  topK: number;
  /** Chance of dropping the likeliest tokens but the last above the threshold; 0 never does. */
  xtcProbability: number;
  xtcThreshold: number;
}

export const samplingDefaults: SamplingOptions = {
  temperature: 0,
  topP: 1,
  minP: 0,
  minTokensToKeep: 1,
  topK: 0,
  xtcProbability: 0,
  xtcThreshold: 0.1,
};

/** Log-probabilities `[rows, vocabulary]` to token ids `[rows]`. */
export type Sampler = (logprobs: mx.MlxArray) => mx.MlxArray;

/** @param spared tokens that XTC never drops @throws MdpError for a value out of range */
export function makeSampler(options: SamplingOptions, keys: KeySequence, spared: readonly number[] = []): Sampler {
  checkRanges(options);
  const { temperature } = options;
  if (temperature === 0) return (logprobs) => mx.argmax(logprobs, -1);
  return (logprobs) =>
    mx.tidy(() => {
      const kept = filterTokens(logprobs, options, keys, spared);
      return mx.random.categorical(keys.next(), mx.multiply(kept, 1 / temperature));
    });
}

/** Log-probabilities with -∞ for every token that is dropped. */
export function filterTokens(
  logprobs: mx.MlxArray,
  options: SamplingOptions,
  keys: KeySequence,
  spared: readonly number[],
): mx.MlxArray {
  const { topP, minP, minTokensToKeep, topK, xtcProbability: probability, xtcThreshold: threshold } = options;
  let kept = logprobs;
  if (topP > 0 && topP < 1) kept = keepTopP(kept, topP);
  if (minP !== 0) kept = keepMinP(kept, minP, minTokensToKeep);
  if (probability > 0) {
    kept = excludeTopChoices(kept, { probability, threshold, spared }, mx.random.uniform(keys.next(), []));
  }
  if (topK > 0 && topK < kept.shape[1]!) kept = keepTopK(kept, topK);
  return kept;
}

function checkRanges(options: SamplingOptions): void {
  const limits: [name: keyof SamplingOptions, flag: string, least: number, most: number, whole?: "whole"][] = [
    ["temperature", "temperature", 0, Number.MAX_VALUE],
    ["topP", "top-p", 0, 1],
    ["minP", "min-p", 0, 1],
    ["minTokensToKeep", "min-tokens-to-keep", 1, Number.MAX_SAFE_INTEGER, "whole"],
    ["topK", "top-k", 0, Number.MAX_SAFE_INTEGER, "whole"],
    ["xtcProbability", "xtc-probability", 0, 1],
    ["xtcThreshold", "xtc-threshold", 0, 0.5],
  ];
  for (const [name, flag, least, most, whole] of limits) {
    const value = options[name];
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) continue;
    const kind = whole ? "whole number" : "number";
    throw new MdpError({
      code: "option-invalid",
      message: `${flag} is ${value}`,
      hint: `choose a ${kind} ${most <= 1 ? `from ${least} to ${most}` : `of at least ${least}`}`,
    });
  }
}
