/** RoBERTa, and XLM-RoBERTa: BERT whose positions begin after the padding token's id. */
import * as v from "valibot";
import type { MlxArray } from "../../mlx/index.ts";
import type { Params } from "../../mlx/nn/index.ts";
import type { EncoderInput, Weights } from "../model.ts";
import { bertEntries, bertForward, bertShapes, sanitizeBert } from "./shared/bert.ts";
import { headsFit } from "./shared/config.ts";
import type { Shapes } from "./shared/shapes.ts";

export const Config = v.pipe(
  v.object({
    ...bertEntries,
    pad_token_id: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
  }),
  headsFit(),
  v.check((config) => config.max_position_embeddings > config.pad_token_id + 1, "no positions are left for tokens"),
);
export type Config = v.InferOutput<typeof Config>;

export function sanitize(weights: Weights): Weights {
  return sanitizeBert(weights, /^roberta\./);
}

export function shapes(config: Config): Shapes {
  return bertShapes(config, config.max_position_embeddings);
}

export function forward(params: Params, config: Config, input: EncoderInput): MlxArray {
  return bertForward(params, config, input, firstPosition(config));
}

function firstPosition(config: Config): number {
  return config.pad_token_id + 1;
}
