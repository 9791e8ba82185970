/** Qwen 3: as Llama, with norms of each head's queries and keys. */
import * as v from "valibot";
import type { MlxArray } from "../../mlx/index.ts";
import type { Params } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { attend, headsOf } from "./shared/attention.ts";
import { commonEntries, fits, headSize, heads, perConfig, positive, siluAct, tokens } from "./shared/config.ts";
import { logitsOf, noWindows, plainBlock, plainForward } from "./shared/layers.ts";
import { gatedMlp } from "./shared/mlp.ts";
import { headNorms } from "./shared/norm.ts";
import { ropeKeys, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { gated, norms, projections, type Shapes, wholeModel } from "./shared/shapes.ts";

const entries = {
  ...commonEntries,
  head_dim: heads,
  hidden_act: siluAct,
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  rope_scaling: v.nullish(RopeScaling),
  rope_parameters: v.nullish(RopeScaling),
  max_position_embeddings: tokens,
  tie_word_embeddings: v.boolean(),
};
export type Config = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;
export const Config = v.pipe(
  v.object(entries),
  fits<Config>((config) => [rope(config)]),
);

function rope(config: Config) {
  return {
    dims: headSize(config),
    ...ropeKeys(config, 1_000_000),
    maxPositions: config.max_position_embeddings,
  };
}

const rotationOf = perConfig((config: Config) => rotation(rope(config)));

export function sanitize(weights: Weights, config: Config): Weights {
  return withoutExtras(weights, config.tie_word_embeddings);
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  return wholeModel(config, config.tie_word_embeddings, (layer) => ({
    ...projections(`${layer}.self_attn`, config),
    ...norms(headSize(config), `${layer}.self_attn.q_norm`, `${layer}.self_attn.k_norm`),
    ...gated(`${layer}.mlp`, hidden, inner),
    ...norms(hidden, `${layer}.input_layernorm`, `${layer}.post_attention_layernorm`),
  }));
}

export function forward(params: Params, config: Config, input: DecoderInput): MlxArray {
  const { rms_norm_eps: eps } = config;
  const heads = headsOf(config, rotationOf(config));
  return plainForward(params, config, input, noWindows(config), (own, x, context) =>
    plainBlock(own, x, eps, (y, p) => attend(y, p, { ...heads, ...headNorms(p, eps) }, context), gatedMlp),
  );
}

export function head(params: Params, config: Config, hidden: MlxArray): MlxArray {
  return logitsOf(params, config.tie_word_embeddings, hidden);
}
