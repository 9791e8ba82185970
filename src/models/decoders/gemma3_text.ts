/** Gemma 3, text only: as Gemma 2 without caps, with norms of queries and keys, and most layers looking back a window. */
import * as v from "valibot";
import { add, array, astype, clip, type MlxArray, multiply } from "../../mlx/index.ts";
import { at, embedding, geluTanh, type Params } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { attend, type Heads, headsOf, type LayerContext } from "./shared/attention.ts";
import { commonEntries, fits, flag, headSize, heads, layers, perConfig, positive, tokens } from "./shared/config.ts";
import { logitsOf, runLayers } from "./shared/layers.ts";
import { gatedMlp } from "./shared/mlp.ts";
import { gemmaNorm, headNorms } from "./shared/norm.ts";
import { ropeKeys, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { gated, norms, projections, type Shapes, wholeModel } from "./shared/shapes.ts";

const entries = {
  ...commonEntries,
  hidden_size: v.optional(commonEntries.hidden_size, 1152),
  num_hidden_layers: v.optional(commonEntries.num_hidden_layers, 26),
  intermediate_size: v.optional(commonEntries.intermediate_size, 6912),
  num_attention_heads: v.optional(heads, 4),
  num_key_value_heads: v.optional(heads, 1),
  vocab_size: v.optional(commonEntries.vocab_size, 262_144),
  head_dim: v.optional(heads, 256),
  rms_norm_eps: v.optional(positive, 1e-6),
  rope_theta: v.nullish(positive),
  rope_local_base_freq: v.optional(positive, 10_000),
  rope_scaling: v.nullish(RopeScaling),
  max_position_embeddings: v.optional(tokens, 32_768),
  query_pre_attn_scalar: v.optional(positive, 256),
  sliding_window: v.optional(tokens, 512),
  /** Every so many layers, one sees all. */
  sliding_window_pattern: v.optional(layers, 6),
  tie_word_embeddings: flag(true),
};
export type Config = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;
export const Config = v.pipe(
  v.object(entries),
  fits<Config>((config) => [nearRope(config), farRope(config)]),
);

const nearRope = (config: Config) => ({ dims: headSize(config), base: config.rope_local_base_freq });
const farRope = (config: Config) => ({
  dims: headSize(config),
  ...ropeKeys(config, 1_000_000),
  maxPositions: config.max_position_embeddings,
});

const rotationsOf = perConfig((config: Config) => ({
  near: rotation(nearRope(config)),
  far: rotation(farRope(config)),
}));

export function sanitize(weights: Weights, config: Config): Weights {
  return withoutExtras(weights, config.tie_word_embeddings);
}

export function windows(config: Config): (number | undefined)[] {
  return Array.from({ length: config.num_hidden_layers }, (_, i) =>
    (i + 1) % config.sliding_window_pattern === 0 ? undefined : config.sliding_window,
  );
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  return wholeModel(config, config.tie_word_embeddings, (layer) => ({
    ...projections(`${layer}.self_attn`, config),
    ...norms(headSize(config), `${layer}.self_attn.q_norm`, `${layer}.self_attn.k_norm`),
    ...gated(`${layer}.mlp`, hidden, inner),
    ...norms(
      hidden,
      ...["input", "pre_feedforward", "post_feedforward", "post_attention"].map((name) => `${layer}.${name}_layernorm`),
    ),
  }));
}

export function forward(params: Params, config: Config, input: DecoderInput): MlxArray {
  const model = at(params, "model");
  const rows = embedding(input.ids, at(model, "embed_tokens"), config.hidden_size);
  return trunk(
    params,
    config,
    multiply(rows, astype(array(Math.sqrt(config.hidden_size), "bfloat16"), rows.dtype)),
    input,
  );
}

/** Hidden states of embeddings `x` that are scaled already. */
export function trunk(params: Params, config: Config, x: MlxArray, input: DecoderInput): MlxArray {
  const model = at(params, "model");
  const h = runLayers(model, x, input, windows(config), (own, y, context) => block(own, config, y, context));
  return gemmaNorm(h, at(model, "norm"), config.rms_norm_eps);
}

export function head(params: Params, config: Config, hidden: MlxArray): MlxArray {
  return logitsOf(params, config.tie_word_embeddings, hidden);
}

function block(params: Params, config: Config, x: MlxArray, context: LayerContext): MlxArray {
  const norm = (y: MlxArray, name: string) => gemmaNorm(y, at(params, `${name}_layernorm`), config.rms_norm_eps);
  const own = at(params, "self_attn");
  const attended = attend(norm(x, "input"), own, headsFor(own, config, context.index), context);
  const h = residual(x, norm(attended, "post_attention"));
  const changed = gatedMlp(norm(h, "pre_feedforward"), at(params, "mlp"), geluTanh);
  return residual(h, norm(changed, "post_feedforward"));
}

/** x + y; float16 stops at its largest number instead of turning infinite. */
function residual(x: MlxArray, y: MlxArray): MlxArray {
  if (x.dtype !== "float16") return add(x, y);
  return astype(clip(add(astype(x, "float32"), astype(y, "float32")), -65_504, 65_504), "float16");
}

function headsFor(params: Params, config: Config, index: number): Heads {
  const { near, far } = rotationsOf(config);
  return {
    ...headsOf(config, (index + 1) % config.sliding_window_pattern === 0 ? far : near),
    ...headNorms(params, config.rms_norm_eps, gemmaNorm),
    scale: config.query_pre_attn_scalar ** -0.5,
  };
}
