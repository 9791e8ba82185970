/** Gemma 2: as Gemma, with soft-capped scores and logits, norms after each part, and an approximate GELU. */
import * as v from "valibot";
import { add, divide, type MlxArray, multiply, tanh } from "../../mlx/index.ts";
import { at, embedding, geluTanh, type Params } from "../../mlx/nn/index.ts";
import type { DecoderInput } from "../decoder.ts";
import type { Weights } from "../model.ts";
import { attend, type Heads, headsOf, type LayerContext } from "./shared/attention.ts";
import { commonEntries, fits, flag, headSize, heads, perConfig, positive } from "./shared/config.ts";
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
  attn_logit_softcapping: v.optional(positive, 50),
  final_logit_softcapping: v.optional(positive, 30),
  query_pre_attn_scalar: v.optional(positive, 144),
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
    ...norms(
      hidden,
      ...["input", "pre_feedforward", "post_feedforward", "post_attention"].map((name) => `${layer}.${name}_layernorm`),
    ),
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

export function head(params: Params, config: Config, hidden: MlxArray): MlxArray {
  const cap = config.final_logit_softcapping;
  return multiply(tanh(divide(logitsOf(params, true, hidden), cap)), cap);
}

function block(params: Params, config: Config, x: MlxArray, context: LayerContext): MlxArray {
  const norm = (y: MlxArray, name: string) => gemmaNorm(y, at(params, `${name}_layernorm`), config.rms_norm_eps);
  const attended = attend(norm(x, "input"), at(params, "self_attn"), headsFor(config), context);
  const h = add(x, norm(attended, "post_attention"));
  const changed = gatedMlp(norm(h, "pre_feedforward"), at(params, "mlp"), geluTanh);
  return add(h, norm(changed, "post_feedforward"));
}

function headsFor(config: Config): Heads {
  const scale = 1 / Math.sqrt(config.query_pre_attn_scalar);
  return { ...headsOf(config, rotationOf(config)), scale, cap: config.attn_logit_softcapping };
}
