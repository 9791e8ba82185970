/** Gemma: norms around 1, scaled embeddings, an exact GELU in the gate, the embedding as head. */
import * as v from "valibot";
import { add, type MlxArray, multiply } from "../../mlx/index.ts";
import { at, embedding, geluExact, linear, type Params } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { type LayerContext, project, selfAttention } from "./shared/attention.ts";
import { commonEntries, fits, flag, headSize, heads, keyHeads, perConfig, positive } from "./shared/config.ts";
import { logitsOf, noWindows, runLayers } from "./shared/layers.ts";
import { gatedMlp } from "./shared/mlp.ts";
import { gemmaNorm } from "./shared/norm.ts";
import { ropeKeys, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { gated, norms, projections, type Shapes, wholeModel } from "./shared/shapes.ts";

const entries = {
  ...commonEntries,
  num_key_value_heads: heads,
  head_dim: heads,
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  rope_traditional: flag(false),
  rope_parameters: v.nullish(RopeScaling),
};
export type Config = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;
export const Config = v.pipe(
  v.object(entries),
  fits<Config>((config) => [rope(config)]),
);

function rope(config: Config) {
  return {
    dims: headSize(config),
    base: ropeKeys(config, 10_000).base,
    traditional: config.rope_traditional,
  };
}

const rotationOf = perConfig((config: Config) => rotation(rope(config)));

export function sanitize(weights: Weights): Weights {
  return withoutExtras(weights, true);
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  return wholeModel(config, true, (layer) => ({
    ...projections(`${layer}.self_attn`, config),
    ...gated(`${layer}.mlp`, hidden, inner),
    ...norms(hidden, `${layer}.input_layernorm`, `${layer}.post_attention_layernorm`),
  }));
}

export function forward(params: Params, config: Config, input: DecoderInput): MlxArray {
  const model = at(params, "model");
  const x = multiply(
    embedding(input.ids, at(model, "embed_tokens"), config.hidden_size),
    Math.sqrt(config.hidden_size),
  );
  const h = runLayers(model, x, input, noWindows(config), (own, y, context) => block(own, config, y, context));
  return gemmaNorm(h, at(model, "norm"), config.rms_norm_eps);
}

export function head(params: Params, _config: Config, hidden: MlxArray): MlxArray {
  return logitsOf(params, true, hidden);
}

function block(params: Params, config: Config, x: MlxArray, context: LayerContext): MlxArray {
  const eps = config.rms_norm_eps;
  const h = add(x, attend(at(params, "self_attn"), config, gemmaNorm(x, at(params, "input_layernorm"), eps), context));
  return add(h, gatedMlp(gemmaNorm(h, at(params, "post_attention_layernorm"), eps), at(params, "mlp"), geluExact));
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
