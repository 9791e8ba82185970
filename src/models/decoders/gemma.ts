/** Gemma: norms around 1, scaled embeddings, an exact GELU in the gate, the embedding as head. */
import * as v from "valibot";
import { type MlxArray, multiply } from "../../mlx/index.ts";
import { at, embedding, geluExact, type Params } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { attend, headsOf } from "./shared/attention.ts";
import { commonEntries, fits, flag, headSize, heads, perConfig, positive } from "./shared/config.ts";
import { logitsOf, noWindows, plainBlock, runLayers } from "./shared/layers.ts";
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
  const heads = headsOf(config, rotationOf(config));
  const eps = config.rms_norm_eps;
  const h = runLayers(model, x, input, noWindows(config), (own, y, context) =>
    plainBlock(own, y, eps, (z, p) => attend(z, p, heads, context), feed, ["mlp", gemmaNorm]),
  );
  return gemmaNorm(h, at(model, "norm"), eps);
}

const feed = (x: MlxArray, params: Params) => gatedMlp(x, params, geluExact);

export function head(params: Params, _config: Config, hidden: MlxArray): MlxArray {
  return logitsOf(params, true, hidden);
}
