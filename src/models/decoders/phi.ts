/** Phi 1 and 2: attention and dense part beside each other, layer norms, biases everywhere, a part of each head rotated. */
import * as v from "valibot";
import { add, type MlxArray } from "../../mlx/index.ts";
import { at, embedding, geluTanh, layerNorm, linear, type Params } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { type Heads, headsOf, type LayerContext, project, selfAttention } from "./shared/attention.ts";
import { commonEntries, fits, headSize, heads, perConfig, positive, share } from "./shared/config.ts";
import { logitsOf, noWindows, runLayers } from "./shared/layers.ts";
import { ropeKeys, rotatedSize, rotation } from "./shared/rope.ts";
import { RopeScaling } from "./shared/rope-scaling.ts";
import { withoutExtras } from "./shared/sanitize.ts";
import { dense, projections, type Shapes } from "./shared/shapes.ts";

const entries = {
  vocab_size: v.optional(commonEntries.vocab_size, 51_200),
  hidden_size: v.optional(commonEntries.hidden_size, 2560),
  num_hidden_layers: v.optional(commonEntries.num_hidden_layers, 32),
  num_attention_heads: v.optional(heads, 32),
  num_key_value_heads: v.nullish(heads),
  intermediate_size: v.optional(commonEntries.intermediate_size, 10_240),
  partial_rotary_factor: v.nullish(share),
  layer_norm_eps: v.optional(positive, 1e-5),
  rope_theta: v.nullish(positive),
  rope_parameters: v.nullish(RopeScaling),
};
export type Config = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;
export const Config = v.pipe(
  v.object(entries),
  fits<Config>((config) => [rope(config)]),
);

function rope(config: Config) {
  return { dims: rotatedSize(config, 0.4), base: ropeKeys(config, 10_000).base };
}

const rotationOf = perConfig((config: Config) => rotation(rope(config)));

export function sanitize(weights: Weights): Weights {
  return withoutExtras(weights, false);
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner, vocab_size: vocabulary } = config;
  const norm = (name: string): Shapes => ({ [`${name}.weight`]: [hidden], [`${name}.bias`]: [hidden] });
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => `model.layers.${i}`);
  return Object.assign(
    dense("model.embed_tokens", vocabulary, hidden),
    ...layers.flatMap((layer) => [
      projections(`${layer}.self_attn`, config, { inputs: true, output: true }, "dense"),
      norm(`${layer}.input_layernorm`),
      dense(`${layer}.mlp.fc1`, inner, hidden, true),
      dense(`${layer}.mlp.fc2`, hidden, inner, true),
    ]),
    norm("model.final_layernorm"),
    dense("lm_head", vocabulary, hidden, true),
  );
}

export function forward(params: Params, config: Config, input: DecoderInput): MlxArray {
  const model = at(params, "model");
  const size = headSize(config);
  const part = { ...headsOf(config, rotationOf(config)), scale: Math.sqrt(1 / size), preciseQueries: true };
  const x = embedding(input.ids, at(model, "embed_tokens"), config.hidden_size);
  const eps = config.layer_norm_eps;
  const h = runLayers(model, x, input, noWindows(config), (own, y, context) => block(own, y, eps, part, context));
  return layerNorm(h, at(model, "final_layernorm"), eps);
}

export function head(params: Params, _config: Config, hidden: MlxArray): MlxArray {
  return logitsOf(params, false, hidden);
}

function block(params: Params, x: MlxArray, eps: number, part: Heads, context: LayerContext): MlxArray {
  const h = layerNorm(x, at(params, "input_layernorm"), eps);
  const own = at(params, "self_attn");
  const attended = linear(selfAttention(project(h, own), part, context), at(own, "dense"));
  const mlp = at(params, "mlp");
  const fed = linear(geluTanh(linear(h, at(mlp, "fc1"))), at(mlp, "fc2"));
  return add(add(attended, fed), x);
}
