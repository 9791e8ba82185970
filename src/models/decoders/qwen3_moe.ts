/** Qwen 3 with experts: as Qwen 3, with many small dense parts in most layers, of which each token uses a few. */
import * as v from "valibot";
import * as mx from "../../mlx/index.ts";
import { at, linear, type Params } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { attend, headsOf } from "./shared/attention.ts";
import {
  commonEntries,
  fits,
  headSize,
  heads,
  layers,
  perConfig,
  positive,
  siluAct,
  tokens,
  width,
} from "./shared/config.ts";
import { logitsOf, noWindows, plainBlock, plainForward } from "./shared/layers.ts";
import { gatedMlp } from "./shared/mlp.ts";
import { expertShapes, runExperts, stackExperts, weighted } from "./shared/moe.ts";
import { headNorms } from "./shared/norm.ts";
import { ropeKeys, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { gated, norms, projections, type Shapes, wholeModel } from "./shared/shapes.ts";

const entries = {
  ...commonEntries,
  head_dim: heads,
  num_experts: heads,
  num_experts_per_tok: heads,
  moe_intermediate_size: width,
  /** Every so many layers has experts, but for those of `mlp_only_layers`. */
  decoder_sparse_step: layers,
  mlp_only_layers: v.array(v.number()),
  norm_topk_prob: v.boolean(),
  hidden_act: siluAct,
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  rope_parameters: v.nullish(RopeScaling),
  max_position_embeddings: tokens,
  tie_word_embeddings: v.boolean(),
};
export type Config = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;
export const Config = v.pipe(
  v.object(entries),
  v.check((c) => c.num_experts_per_tok <= c.num_experts, "num_experts_per_tok is above num_experts"),
  fits<Config>((config) => [rope(config)]),
);

function rope(config: Config) {
  return { dims: headSize(config), base: ropeKeys(config, 1_000_000).base };
}

const rotationOf = perConfig((config: Config) => rotation(rope(config)));

function hasExperts(config: Config, index: number): boolean {
  return !config.mlp_only_layers.includes(index) && (index + 1) % config.decoder_sparse_step === 0;
}

/** Experts come one by one. */
export function sanitize(weights: Weights, config: Config): Weights {
  const kept = withoutExtras(weights, config.tie_word_embeddings);
  const names = { up_proj: "up_proj", down_proj: "down_proj", gate_proj: "gate_proj" };
  for (let i = 0; i < config.num_hidden_layers; i++) {
    if (hasExperts(config, i)) stackExperts(kept, `model.layers.${i}.mlp`, config.num_experts, names);
  }
  return kept;
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner, moe_intermediate_size: small } = config;
  return wholeModel(config, config.tie_word_embeddings, (layer, index) => ({
    ...projections(`${layer}.self_attn`, config),
    ...norms(headSize(config), `${layer}.self_attn.q_norm`, `${layer}.self_attn.k_norm`),
    ...norms(hidden, `${layer}.input_layernorm`, `${layer}.post_attention_layernorm`),
    ...(hasExperts(config, index)
      ? expertShapes(`${layer}.mlp`, config.num_experts, hidden, small)
      : gated(`${layer}.mlp`, hidden, inner)),
  }));
}

export function forward(params: Params, config: Config, input: DecoderInput): mx.MlxArray {
  const { rms_norm_eps: eps } = config;
  const part = headsOf(config, rotationOf(config));
  return plainForward(params, config, input, noWindows(config), (own, x, context) =>
    plainBlock(
      own,
      x,
      eps,
      (y, p) => attend(y, p, { ...part, ...headNorms(p, eps) }, context),
      (y, p) => (hasExperts(config, context.index) ? sparse(y, p, config) : gatedMlp(y, p)),
    ),
  );
}

export function head(params: Params, config: Config, hidden: mx.MlxArray): mx.MlxArray {
  return logitsOf(params, config.tie_word_embeddings, hidden);
}

/** The softmax is over all experts, and then perhaps scaled so that the chosen ones add up to 1. */
function sparse(x: mx.MlxArray, params: Params, config: Config): mx.MlxArray {
  const { num_experts: all, num_experts_per_tok: count } = config;
  const gates = mx.softmax(linear(x, at(params, "gate")), -1, true);
  const order = mx.argpartition(gates, all - count);
  const choices = mx.stopGradient(mx.slice(order, [null, null, [all - count, all]]));
  const chosen = mx.takeAlongAxis(gates, choices, -1);
  const scores = config.norm_topk_prob ? mx.divide(chosen, mx.sum(chosen, -1, true)) : chosen;
  const outputs = runExperts(x, choices, at(params, "switch_mlp"));
  return mx.astype(weighted(outputs, scores), outputs.dtype);
}
