/** Gemma 3 as an embedder (EmbeddingGemma): the decoder without its head, its tokens seeing both ways. */
import * as v from "valibot";
import { add, type MlxArray, multiply } from "../../mlx/index.ts";
import { at, embedding, type Params, paddingMask, windowMask } from "../../mlx/nn/index.ts";
import * as gemma3 from "../decoders/gemma3_text.ts";
import type { EncoderInput, Weights } from "../model.ts";
import { trunkOf } from "./shared/trunk.ts";

const Rope = v.object({
  rope_type: v.optional(v.literal("default", "scaled rotary positions are not supported")),
  rope_theta: v.optional(v.number()),
});
const kinds = ["full_attention", "sliding_attention"] as const;

/** What newer files say in other keys than the decoder's, and that tokens see both ways. */
const Own = v.pipe(
  v.looseObject({
    use_bidirectional_attention: v.literal(true, "tokens see only those before them; that is no embedder"),
    layer_types: v.nullish(v.array(v.picklist(kinds))),
    sliding_window_pattern: v.nullish(v.number()),
    _sliding_window_pattern: v.nullish(v.number()),
    rope_parameters: v.nullish(v.object({ full_attention: v.optional(Rope), sliding_attention: v.optional(Rope) })),
    rope_theta: v.nullish(v.number()),
    rope_local_base_freq: v.nullish(v.number()),
  }),
  v.transform(({ rope_parameters: ropes, ...config }) => ({
    ...config,
    rope_theta: ropes?.full_attention?.rope_theta ?? config.rope_theta,
    rope_local_base_freq: ropes?.sliding_attention?.rope_theta ?? config.rope_local_base_freq ?? 10_000,
    sliding_window_pattern: config.sliding_window_pattern ?? config._sliding_window_pattern ?? 6,
    max_position_embeddings: (config as { max_position_embeddings?: unknown }).max_position_embeddings ?? 32_768,
  })),
  v.check(
    ({ layer_types: types, sliding_window_pattern: every }) =>
      !types || types.every((kind, i) => (kind === "full_attention") === ((i + 1) % every === 0)),
    "layer_types is not every so many layers a full one",
  ),
);

export const Config = v.pipe(
  Own,
  v.transform((config) => config as unknown as v.InferInput<typeof gemma3.Config>),
  gemma3.Config,
);
export type Config = v.InferOutput<typeof Config>;

export const sanitize: (weights: Weights) => Weights = trunkOf;

export const shapes: (config: Config) => ReturnType<typeof gemma3.shapes> = (config) =>
  gemma3.shapes({ ...config, tie_word_embeddings: true });

export function forward(params: Params, config: Config, { ids, mask }: EncoderInput): MlxArray {
  const rows = embedding(ids, at(params, "model.embed_tokens"), config.hidden_size);
  const padding = mask && paddingMask(mask, rows.dtype);
  const length = ids.shape[1]!;
  // Half of the window lies on each side.
  const reach = Math.floor(config.sliding_window / 2);
  const near = length > reach + 1 ? windowMask(length, reach, rows.dtype) : undefined;
  const masks = { near: near && padding ? add(near, padding) : (near ?? padding), far: padding };
  return gemma3.trunk(params, config, multiply(rows, Math.sqrt(config.hidden_size)), {
    ids,
    maskOf: (window) => (window === undefined ? masks.far : masks.near),
  });
}
