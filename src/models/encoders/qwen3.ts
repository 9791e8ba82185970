/** Qwen 3 as an embedder: the decoder without its head; each token sees those before it, so the last one saw all. */
import * as v from "valibot";
import type { MlxArray } from "../../mlx/index.ts";
import type { Params } from "../../mlx/nn/index.ts";
import * as qwen3 from "../decoders/qwen3.ts";
import type { EncoderInput, Weights } from "../model.ts";
import { trunkOf } from "./shared/trunk.ts";

/** Without a head it does not matter whether the head is tied. */
export const Config = v.pipe(
  v.looseObject({ max_position_embeddings: v.number() }),
  v.transform((config) => ({ ...config, tie_word_embeddings: true })),
  qwen3.Config,
);
export type Config = v.InferOutput<typeof Config>;

export const sanitize: (weights: Weights) => Weights = trunkOf;

export const shapes: (config: Config) => ReturnType<typeof qwen3.shapes> = qwen3.shapes;

/** Padding follows the tokens, so that none of them sees it. */
export function forward(params: Params, config: Config, { ids }: EncoderInput): MlxArray {
  return qwen3.forward(params, config, { ids });
}
