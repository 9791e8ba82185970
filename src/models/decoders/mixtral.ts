/** Mixtral: as Llama, with eight dense parts a layer, of which each token uses two. */
import * as v from "valibot";
import * as mx from "../../mlx/index.ts";
import { at, linear, type Params, rmsNorm } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { attend, headsOf } from "./shared/attention.ts";
import { commonEntries, fits, flag, headSize, heads, perConfig, positive, siluAct } from "./shared/config.ts";
import { logitsOf, noWindows, plainBlock, plainForward } from "./shared/layers.ts";
import { expertShapes, runExperts, stackExperts, weighted } from "./shared/moe.ts";
import { ropeKeys, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { norms, projections, type Shapes, wholeModel } from "./shared/shapes.ts";

const entries = {
  vocab_size: v.optional(commonEntries.vocab_size, 32_000),
  hidden_size: v.optional(commonEntries.hidden_size, 4096),
  intermediate_size: v.optional(commonEntries.intermediate_size, 14_336),
  num_hidden_layers: v.optional(commonEntries.num_hidden_layers, 32),
  num_attention_heads: v.optional(heads, 32),
  num_key_value_heads: v.nullish(heads, 8),
  num_experts_per_tok: v.optional(heads, 2),
  num_local_experts: v.optional(heads, 8),
  hidden_act: siluAct,
  rms_norm_eps: v.optional(positive, 1e-5),
  rope_theta: v.nullish(positive),
  rope_traditional: flag(false),
  rope_parameters: v.nullish(RopeScaling),
  tie_word_embeddings: flag(false),
};
export type Config = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;
export const Config = v.pipe(
  v.object(entries),
  v.check((c) => c.num_experts_per_tok <= c.num_local_experts, "num_experts_per_tok is above num_local_experts"),
  fits<Config>((config) => [rope(config)]),
);

function rope(config: Config) {
  return { dims: headSize(config), base: ropeKeys(config, 1e6).base, traditional: config.rope_traditional };
}

const rotationOf = perConfig((config: Config) => rotation(rope(config)));

/** Experts come one by one, with the names of the original release. */
export function sanitize(weights: Weights, config: Config): Weights {
  const kept = withoutExtras(weights, config.tie_word_embeddings);
  const names = { w1: "gate_proj", w2: "down_proj", w3: "up_proj" };
  for (let i = 0; i < config.num_hidden_layers; i++) {
    stackExperts(kept, `model.layers.${i}.block_sparse_moe`, config.num_local_experts, names);
  }
  return kept;
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner, num_local_experts: experts } = config;
  return wholeModel(config, config.tie_word_embeddings, (layer) => ({
    ...projections(`${layer}.self_attn`, config),
    ...expertShapes(`${layer}.block_sparse_moe`, experts, hidden, inner),
    ...norms(hidden, `${layer}.input_layernorm`, `${layer}.post_attention_layernorm`),
  }));
}

export function forward(params: Params, config: Config, input: DecoderInput): mx.MlxArray {
  const part = headsOf(config, rotationOf(config));
  const feed = (x: mx.MlxArray, own: Params) => sparse(x, own, config.num_experts_per_tok);
  return plainForward(params, config, input, noWindows(config), (own, x, context) =>
    plainBlock(own, x, config.rms_norm_eps, (y, p) => attend(y, p, part, context), feed, ["block_sparse_moe", rmsNorm]),
  );
}

export function head(params: Params, config: Config, hidden: mx.MlxArray): mx.MlxArray {
  return logitsOf(params, config.tie_word_embeddings, hidden);
}

/** The softmax is over the chosen experts alone. */
function sparse(x: mx.MlxArray, params: Params, count: number): mx.MlxArray {
  const gates = linear(x, at(params, "gate"));
  const order = mx.argpartition(mx.negative(gates), count - 1);
  const choices = mx.stopGradient(mx.slice(order, [null, null, [0, count]]));
  const scores = mx.softmax(mx.takeAlongAxis(gates, choices, -1), -1, true);
  return weighted(runExperts(x, choices, at(params, "switch_mlp")), scores);
}
