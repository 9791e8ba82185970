/** Llama, and Mistral beside it: RMS norms, rotary positions, grouped queries, a gated dense part. */
import * as v from "valibot";
import { add, fast, type MlxArray, multiply, reshape, type Shape, transpose } from "../../mlx/index.ts";
import { at, embedding, linear, type Params, rmsNorm, silu } from "../../mlx/nn/index.ts";
import type { LayerCache, Mask } from "../cache/cache.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { attention, maskFor } from "./shared/attention.ts";

const size = v.pipe(v.number(), v.integer(), v.minValue(1));

export const Config = v.object({
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  intermediate_size: size,
  num_attention_heads: size,
  num_key_value_heads: v.optional(size),
  head_dim: v.nullish(size),
  rms_norm_eps: v.number(),
  rope_theta: v.optional(v.number(), 10_000),
  attention_bias: v.optional(v.boolean(), false),
  mlp_bias: v.optional(v.boolean(), false),
  tie_word_embeddings: v.optional(v.boolean(), true),
});
export type Config = v.InferOutput<typeof Config>;

const keyValueHeads = (config: Config) => config.num_key_value_heads ?? config.num_attention_heads;
const headSize = (config: Config) => config.head_dim ?? config.hidden_size / config.num_attention_heads;

export function sanitize(weights: Weights, config: Config): Weights {
  const kept: Weights = new Map();
  for (const [name, weight] of weights) {
    if (name.includes("rotary_emb.inv_freq") || (config.tie_word_embeddings && name === "lm_head.weight")) continue;
    kept.set(name, weight);
  }
  return kept;
}

export function shapes(config: Config): Record<string, Shape> {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const dense = (name: string, out: number, into: number, bias: boolean) => ({
    [`${name}.weight`]: [out, into],
    ...(bias ? { [`${name}.bias`]: [out] } : {}),
  });
  const queries = heads * headSize(config);
  const keys = keyValueHeads(config) * headSize(config);
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => `model.layers.${i}`);
  return Object.assign(
    { "model.embed_tokens.weight": [config.vocab_size, hidden] },
    ...layers.flatMap((layer) => [
      dense(`${layer}.self_attn.q_proj`, queries, hidden, config.attention_bias),
      dense(`${layer}.self_attn.k_proj`, keys, hidden, config.attention_bias),
      dense(`${layer}.self_attn.v_proj`, keys, hidden, config.attention_bias),
      dense(`${layer}.self_attn.o_proj`, hidden, queries, config.attention_bias),
      dense(`${layer}.mlp.gate_proj`, inner, hidden, config.mlp_bias),
      dense(`${layer}.mlp.down_proj`, hidden, inner, config.mlp_bias),
      dense(`${layer}.mlp.up_proj`, inner, hidden, config.mlp_bias),
      { [`${layer}.input_layernorm.weight`]: [hidden], [`${layer}.post_attention_layernorm.weight`]: [hidden] },
    ]),
    { "model.norm.weight": [hidden] },
    config.tie_word_embeddings ? {} : { "lm_head.weight": [config.vocab_size, hidden] },
  );
}

export function forward(params: Params, config: Config, input: DecoderInput): MlxArray {
  const model = at(params, "model");
  const mask = maskFor(input, input.caches?.[0]);
  const run = input.runLayer ?? ((layer, own, x) => layer(own, x));
  let x = embedding(input.ids, at(model, "embed_tokens"), config.hidden_size);
  for (let i = 0; i < config.num_hidden_layers; i++) {
    x = run((own, h) => block(own, config, h, mask, input.caches?.[i]), at(model, `layers.${i}`), x);
  }
  return rmsNorm(x, at(model, "norm"), config.rms_norm_eps);
}

/** The embedding serves as the head where the configuration ties them. */
export function head(params: Params, config: Config, hidden: MlxArray): MlxArray {
  return linear(hidden, config.tie_word_embeddings ? at(params, "model.embed_tokens") : at(params, "lm_head"));
}

function block(params: Params, config: Config, x: MlxArray, mask: Mask, cache: LayerCache | undefined): MlxArray {
  const eps = config.rms_norm_eps;
  const attended = selfAttention(
    at(params, "self_attn"),
    config,
    rmsNorm(x, at(params, "input_layernorm"), eps),
    mask,
    cache,
  );
  const h = add(x, attended);
  const mlp = at(params, "mlp");
  const y = rmsNorm(h, at(params, "post_attention_layernorm"), eps);
  const gated = multiply(silu(linear(y, at(mlp, "gate_proj"))), linear(y, at(mlp, "up_proj")));
  return add(h, linear(gated, at(mlp, "down_proj")));
}

function selfAttention(
  params: Params,
  config: Config,
  x: MlxArray,
  mask: Mask,
  cache: LayerCache | undefined,
): MlxArray {
  const [batch, length] = x.shape as [number, number, number];
  const dims = headSize(config);
  const split = (name: string, heads: number) =>
    transpose(reshape(linear(x, at(params, name)), [batch, length, heads, dims]), [0, 2, 1, 3]);
  const rotate = (y: MlxArray) => fast.rope(y, { dims, base: config.rope_theta, offset: cache?.offset ?? 0 });
  const queries = rotate(split("q_proj", config.num_attention_heads));
  const keys = rotate(split("k_proj", keyValueHeads(config)));
  const values = split("v_proj", keyValueHeads(config));
  const seen = cache ? cache.update(keys, values) : { keys, values };
  const output = attention(queries, seen, 1 / Math.sqrt(dims), mask);
  return linear(reshape(transpose(output, [0, 2, 1, 3]), [batch, length, -1]), at(params, "o_proj"));
}
