/** What an adapter is: small trained arrays beside a model's own, in mlx-lm's files. */
import type { MlxArray } from "../../mlx/index.ts";

export const methodNames = ["lora", "dora", "full"] as const;
export type Method = (typeof methodNames)[number];

/** `lora_parameters` of `adapter_config.json`. */
export interface LoraParameters {
  rank: number;
  /** Factor of the low-rank product, used as it is (not divided by the rank). */
  scale: number;
  dropout: number;
  /** Layers inside a block by their path there (`self_attn.q_proj`), or by full path outside; absent: all. */
  keys?: readonly string[] | undefined;
}

/** What a run trains, and in which layers. */
export interface AdapterSpec {
  method: Method;
  /** Blocks from the end that are adapted; -1 and 0 mean all. */
  numLayers: number;
  lora: LoraParameters;
}

/** A trained set of arrays by path, with what is needed to put it into its model. */
export interface LoadedAdapter {
  spec: AdapterSpec;
  arrays: Map<string, MlxArray>;
  /** A pair of the embedding is not for the head, even where the two share their weight: so it is in PEFT. */
  plainHead?: boolean;
}
