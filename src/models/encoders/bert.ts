/** BERT: token, position and segment embeddings, then layers of attention and two dense steps, normalised after each. */
import * as v from "valibot";
import type { MlxArray } from "../../mlx/index.ts";
import type { Params } from "../../mlx/nn/index.ts";
import type { EncoderInput, Weights } from "../model.ts";
import { bertEntries, bertForward, bertShapes, sanitizeBert } from "./shared/bert.ts";
import { headsFit } from "./shared/config.ts";
import type { Shapes } from "./shared/shapes.ts";

export const Config = v.pipe(v.object(bertEntries), headsFit());
export type Config = v.InferOutput<typeof Config>;

export function sanitize(weights: Weights): Weights {
  return sanitizeBert(weights, /^bert\./);
}

export function shapes(config: Config): Shapes {
  return bertShapes(config, config.max_position_embeddings);
}

export function forward(params: Params, config: Config, input: EncoderInput): MlxArray {
  return bertForward(params, config, input, 0);
}
