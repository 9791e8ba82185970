/** What a file of this folder says of one kind of sequence classifier: the head on top of its encoder. */
import type { MlxArray, Shape } from "../../mlx/index.ts";
import type { Params } from "../../mlx/nn/params.ts";
import type { Weights } from "../model.ts";

/** The keys of `config.json`, unchecked. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** One `model_type`; its encoder is that of the same type. */
export interface ClassifierArchitecture {
  /** Names of the head's weights in the file, and below `head.`; the first rule that fits counts. */
  names: readonly (readonly [file: RegExp, own: string])[];
  /** Every weight of the head with its shape, names without `head.`. */
  headShapes(hidden: number, labels: number, config: RawConfig): Record<string, Shape>;
  /** The head looks at the first token alone. */
  readonly firstOnly?: boolean;
  /** Logits `[batch, labels]` from hidden states `[batch, length, hidden]`; `present` is 1 for tokens, 0 for padding. */
  head(params: Params, hidden: MlxArray, present: MlxArray, config: RawConfig): MlxArray;
}

/** Weight and perhaps bias of a dense step, as entries of `headShapes`. */
export function denseShapes(name: string, out: number, into: number, bias = true): Record<string, Shape> {
  return { [`${name}.weight`]: [out, into], ...(bias ? { [`${name}.bias`]: [out] } : {}) };
}

/** The weights of the head under its own names. */
export function headWeights(weights: Weights, { names }: ClassifierArchitecture): Weights {
  const kept: Weights = new Map();
  for (const [name, weight] of weights) {
    const rule = names.find(([pattern]) => pattern.test(name));
    if (rule) kept.set(name.replace(...rule), weight);
  }
  return kept;
}
