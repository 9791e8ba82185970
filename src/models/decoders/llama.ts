/** Llama, and Mistral beside it: RMS norms, rotary positions, grouped queries, a gated dense part. */
import * as v from "valibot";
import type { MlxArray } from "../../mlx/index.ts";
import type { Params } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { attend, headsOf } from "./shared/attention.ts";
import { commonEntries, fits, flag, headSize, heads, perConfig, positive, siluAct, tokens } from "./shared/config.ts";
import { logitsOf, plainBlock, plainForward } from "./shared/layers.ts";
import { gatedMlp } from "./shared/mlp.ts";
import { ropeKeys, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { gated, norms, projections, type Shapes, wholeModel } from "./shared/shapes.ts";

const entries = {
  ...commonEntries,
  head_dim: v.nullish(heads),
  hidden_act: siluAct,
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  rope_traditional: flag(false),
  rope_scaling: v.nullish(RopeScaling),
  rope_parameters: v.nullish(RopeScaling),
  max_position_embeddings: v.nullish(tokens),
  attention_bias: flag(false),
  mlp_bias: flag(false),
  tie_word_embeddings: flag(true),
  /** Per layer, whether it sees all or `sliding_window` tokens back; without it all see all. */
  layer_types: v.nullish(v.array(v.picklist(["full_attention", "sliding_attention"]))),
  sliding_window: v.nullish(tokens),
};
export type Config = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;

export const Config = v.pipe(
  v.object(entries),
  v.check(
    ({ layer_types: types, num_hidden_layers: count }) => !types || types.length === count,
    "layer_types has another length than the model has layers",
  ),
  v.check(
    ({ layer_types: types, sliding_window: window }) => !types?.includes("sliding_attention") || !!window,
    "sliding_attention needs sliding_window",
  ),
  fits<Config>((config) => [rope(config)]),
);

function rope(config: Config) {
  return {
    dims: headSize(config),
    ...ropeKeys(config, 10_000),
    traditional: config.rope_traditional,
    maxPositions: config.max_position_embeddings,
  };
}

const rotationOf = perConfig((config: Config) => rotation(rope(config)));

export function sanitize(weights: Weights, config: Config): Weights {
  return withoutExtras(weights, config.tie_word_embeddings);
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner, attention_bias: bias } = config;
  return wholeModel(config, config.tie_word_embeddings, (layer) => ({
    ...projections(`${layer}.self_attn`, config, { inputs: bias, output: bias }),
    ...gated(`${layer}.mlp`, hidden, inner, config.mlp_bias),
    ...norms(hidden, `${layer}.input_layernorm`, `${layer}.post_attention_layernorm`),
  }));
}

export function windows(config: Config): (number | undefined)[] {
  return Array.from({ length: config.num_hidden_layers }, (_, i) =>
    config.layer_types?.[i] === "sliding_attention" ? config.sliding_window! : undefined,
  );
}

export function forward(params: Params, config: Config, input: DecoderInput): MlxArray {
  const heads = headsOf(config, rotationOf(config));
  return plainForward(params, config, input, windows(config), (own, x, context) =>
    plainBlock(own, x, config.rms_norm_eps, (y, p) => attend(y, p, heads, context), gatedMlp),
  );
}

export function head(params: Params, config: Config, hidden: MlxArray): MlxArray {
  return logitsOf(params, config.tie_word_embeddings, hidden);
}
