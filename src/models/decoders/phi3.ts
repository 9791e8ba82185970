/** Phi 3 and 4 mini: as Llama, with one layer for queries, keys and values, one for gate and up, and LongRoPE. */
import * as v from "valibot";
import { add, type MlxArray, multiply, split } from "../../mlx/index.ts";
import { at, embedding, linear, type Params, rmsNorm, silu } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { type LayerContext, type Projections, selfAttention } from "./shared/attention.ts";
import { commonEntries, fits, flag, headSize, keyHeads, perConfig, positive, share, tokens } from "./shared/config.ts";
import { logitsOf, noWindows, runLayers } from "./shared/layers.ts";
import { ropeKeys, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { dense, norms, type Shapes, wholeModel } from "./shared/shapes.ts";

const entries = {
  ...commonEntries,
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  rope_traditional: flag(false),
  rope_scaling: v.nullish(RopeScaling),
  rope_parameters: v.nullish(RopeScaling),
  partial_rotary_factor: v.optional(share, 1),
  max_position_embeddings: v.optional(tokens, 131_072),
  original_max_position_embeddings: v.optional(tokens, 4096),
  tie_word_embeddings: flag(false),
};
export type Config = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;
export const Config = v.pipe(
  v.object(entries),
  fits<Config>((config) => [rope(config)]),
);

function rope(config: Config) {
  return {
    dims: Math.trunc(headSize(config) * config.partial_rotary_factor),
    ...ropeKeys(config, 10_000),
    traditional: config.rope_traditional,
    maxPositions: config.max_position_embeddings,
    originalPositions: config.original_max_position_embeddings,
  };
}

const rotationOf = perConfig((config: Config) => rotation(rope(config)));

export function sanitize(weights: Weights, config: Config): Weights {
  return withoutExtras(weights, config.tie_word_embeddings);
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const [queries, keys] = widths(config);
  return wholeModel(config, config.tie_word_embeddings, (layer) => ({
    ...dense(`${layer}.self_attn.qkv_proj`, queries + 2 * keys, hidden),
    ...dense(`${layer}.self_attn.o_proj`, hidden, queries),
    ...dense(`${layer}.mlp.gate_up_proj`, 2 * inner, hidden),
    ...dense(`${layer}.mlp.down_proj`, hidden, inner),
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
  return add(h, mlp(rmsNorm(h, at(params, "post_attention_layernorm"), eps), at(params, "mlp")));
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
  return linear(selfAttention(project(x, params, config), part, context), at(params, "o_proj"));
}

/** Features of all heads' queries, and of all heads' keys. */
function widths(config: Config): [queries: number, keys: number] {
  return [config.num_attention_heads * headSize(config), keyHeads(config) * headSize(config)];
}

function project(x: MlxArray, params: Params, config: Config): Projections {
  const [width, shared] = widths(config);
  const all = linear(x, at(params, "qkv_proj"));
  const [queries, keys, values] = split(all, [width, width + shared], -1) as [MlxArray, MlxArray, MlxArray];
  return { queries, keys, values };
}

function mlp(x: MlxArray, params: Params): MlxArray {
  const [gate, up] = split(linear(x, at(params, "gate_up_proj")), 2, -1) as [MlxArray, MlxArray];
  return linear(multiply(silu(gate), up), at(params, "down_proj"));
}
