/** What a file of this folder says of one kind of sequence classifier: how it differs from BERT, and its head. */
import type { MlxArray, Shape } from "../../mlx/index.ts";
import type { Params } from "../../mlx/nn/params.ts";
import type { Weights } from "../model.ts";

/** The keys of `config.json`, unchecked. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** One `model_type`. Its encoder is BERT's under other names. */
export interface ClassifierArchitecture {
  /** The configuration in BERT's keys; it is checked as BERT's. */
  encoderConfig(config: RawConfig): RawConfig;
  /** Weights under BERT's names, those of the head below `head.`; what it drops, the caller frees. */
  sanitize(weights: Weights, config: RawConfig): Weights;
  /** Every weight of the head with its shape, names without `head.`. */
  headShapes(hidden: number, labels: number): Record<string, Shape>;
  /** Logits `[batch, labels]` from the first token's hidden states `[batch, hidden]`. */
  head(params: Params, first: MlxArray): MlxArray;
}

/** Weight and bias of a dense step, as entries of `headShapes`. */
export function denseShapes(name: string, out: number, into: number): Record<string, Shape> {
  return { [`${name}.weight`]: [out, into], [`${name}.bias`]: [out] };
}

/** Renames by the first rule that fits; weights that none fits are dropped. */
export function renameWeights(weights: Weights, rules: readonly (readonly [RegExp, string])[]): Weights {
  const kept: Weights = new Map();
  for (const [name, weight] of weights) {
    const rule = rules.find(([pattern]) => pattern.test(name));
    if (rule) kept.set(name.replace(...rule), weight);
  }
  return kept;
}
