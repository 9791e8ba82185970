/** Keys that encoders' configurations share. */
import * as v from "valibot";
import { type ActivationName, activations } from "../../../mlx/nn/index.ts";

/** A whole number of at least 1. */
export const size = v.pipe(v.number(), v.integer(), v.minValue(1));

/** The name of an activation; `fallback` where the key is missing. */
export const activation = (fallback: ActivationName) =>
  v.optional(v.picklist(Object.keys(activations) as ActivationName[]), fallback);

/** What every encoder but those of decoders has. */
export const commonEntries = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  intermediate_size: size,
  max_position_embeddings: size,
};

/** The check that ends a schema: heads divide the width. */
export function headsFit<C extends { hidden_size: number; num_attention_heads: number }>(): v.CheckAction<C, string> {
  return v.check(
    (config) => config.hidden_size % config.num_attention_heads === 0,
    "hidden_size is not a multiple of num_attention_heads",
  );
}
