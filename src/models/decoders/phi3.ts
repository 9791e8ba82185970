/** Phi 3 and 4 mini: as Llama, with one layer for queries, keys and values, one for gate and up, and LongRoPE. */
import * as v from "valibot";
import { type MlxArray, multiply, split } from "../../mlx/index.ts";
import { at, linear, type Params, silu } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { headsOf, type LayerContext, type Projections, selfAttention } from "./shared/attention.ts";
import {
  commonEntries,
  fits,
  flag,
  headSize,
  keyHeads,
  perConfig,
  positive,
  share,
  siluAct,
  tokens,
} from "./shared/config.ts";
import { logitsOf, noWindows, plainBlock, plainForward } from "./shared/layers.ts";
import { ropeKeys, rotatedSize, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { dense, norms, type Shapes, wholeModel } from "./shared/shapes.ts";

const entries = {
  ...commonEntries,
  hidden_act: siluAct,
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  rope_traditional: flag(false),
  rope_scaling: v.nullish(RopeScaling),
  rope_parameters: v.nullish(RopeScaling),
  partial_rotary_factor: v.nullish(share),
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
    dims: rotatedSize(config, 1),
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
  const heads = headsOf(config, rotationOf(config));
  const attend = (x: MlxArray, own: Params, context: LayerContext) =>
    linear(selfAttention(project(x, own, config), heads, context), at(own, "o_proj"));
  return plainForward(params, config, input, noWindows(config), (own, x, context) =>
    plainBlock(own, x, config.rms_norm_eps, (y, p) => attend(y, p, context), mlp),
  );
}

export function head(params: Params, config: Config, hidden: MlxArray): MlxArray {
  return logitsOf(params, config.tie_word_embeddings, hidden);
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
