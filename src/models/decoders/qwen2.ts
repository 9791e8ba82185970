/** Qwen 2 and 2.5: as Llama, with a bias on queries, keys and values. */
import * as v from "valibot";
import { add, type MlxArray } from "../../mlx/index.ts";
import { at, embedding, linear, type Params, rmsNorm } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { type LayerContext, project, selfAttention } from "./shared/attention.ts";
import { commonEntries, fits, flag, headSize, keyHeads, perConfig, positive, tokens } from "./shared/config.ts";
import { logitsOf, noWindows, runLayers } from "./shared/layers.ts";
import { gatedMlp } from "./shared/mlp.ts";
import { ropeKeys, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { gated, norms, projections, type Shapes, wholeModel } from "./shared/shapes.ts";

const entries = {
  ...commonEntries,
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  rope_traditional: flag(false),
  rope_scaling: v.nullish(RopeScaling),
  rope_parameters: v.nullish(RopeScaling),
  max_position_embeddings: v.optional(tokens, 32_768),
  tie_word_embeddings: flag(true),
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
    traditional: config.rope_traditional,
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
    ...projections(`${layer}.self_attn`, config, { inputs: true }),
    ...gated(`${layer}.mlp`, hidden, inner),
    ...norms(hidden, `${layer}.input_layernorm`, `${layer}.post_attention_layernorm`),
  }));
}

export function forward(params: Params, config: Config, input: DecoderInput): MlxArray {
  const model = at(params, "model");
  const x = embedding(input.ids, at(model, "embed_tokens"), config.hidden_size);
  const h = runLayers(model, x, input, noWindows(config), (own, y, context) => block(own, config, y, context));
  return rmsNorm(h, at(model, "norm"), config.rms_norm_eps);
}

export function head(params: Params, config: Config, hidden: MlxArray): MlxArray {
  return logitsOf(params, config.tie_word_embeddings, hidden);
}

function block(params: Params, config: Config, x: MlxArray, context: LayerContext): MlxArray {
  const eps = config.rms_norm_eps;
  const h = add(x, attend(at(params, "self_attn"), config, rmsNorm(x, at(params, "input_layernorm"), eps), context));
  return add(h, gatedMlp(rmsNorm(h, at(params, "post_attention_layernorm"), eps), at(params, "mlp")));
}

function attend(params: Params, config: Config, x: MlxArray, context: LayerContext): MlxArray {
  const size = headSize(config);
  const part = {
    heads: config.num_attention_heads,
    keyHeads: keyHeads(config),
    size,
    scale: size ** -0.5,
    rotate: rotationOf(config),
  };
  return linear(selfAttention(project(x, params), part, context), at(params, "o_proj"));
}
