/** GTE v1.5 and its multilingual sisters, whose own code calls them `new`: rotary positions and a gated dense step. */
import * as v from "valibot";
import { add, type MlxArray, multiply, split } from "../../mlx/index.ts";
import {
  activations,
  at,
  embedding,
  embeddingRows,
  layerNorm,
  linear,
  multiHeadAttention,
  type Params,
  paddingMask,
} from "../../mlx/nn/index.ts";
import { perConfig } from "../decoders/shared/config.ts";
import { rotation } from "../decoders/shared/rope.ts";
import type { EncoderInput, Weights } from "../model.ts";
import { activation, commonEntries, headsFit } from "./shared/config.ts";
import { modernNorm, renamed } from "./shared/rename.ts";
import { dense, layers, norm, type Shapes } from "./shared/shapes.ts";

const off = v.nullish(v.literal(false));
const BASE = 160_000;

export const Config = v.pipe(
  v.object({
    ...commonEntries,
    type_vocab_size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
    layer_norm_eps: v.optional(v.number(), 1e-12),
    layer_norm_type: v.optional(v.literal("layer_norm"), "layer_norm"),
    hidden_act: activation("gelu"),
    position_embedding_type: v.optional(v.literal("rope"), "rope"),
    pack_qkv: v.optional(v.literal(true), true),
    logn_attention_scale: off,
    logn_attention_clip1: off,
    rope_theta: v.nullish(v.number()),
    rope_scaling: v.nullish(v.object({ type: v.picklist(["ntk"]), factor: v.pipe(v.number(), v.minValue(1)) })),
    rope_parameters: v.nullish(
      v.object({ rope_type: v.optional(v.literal("default")), rope_theta: v.optional(v.number()) }),
    ),
  }),
  headsFit(),
);
export type Config = v.InferOutput<typeof Config>;

export function sanitize(weights: Weights): Weights {
  return renamed(
    weights,
    (name) => modernNorm(name.replace(/^(new|gte)\./, "")),
    /^(embeddings(?!\.(position_ids|rotary_emb))|encoder)\./,
  );
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner, type_vocab_size: types } = config;
  return {
    "embeddings.word_embeddings.weight": [config.vocab_size, hidden],
    ...(types > 0 ? { "embeddings.token_type_embeddings.weight": [types, hidden] } : {}),
    ...norm("embeddings.LayerNorm", hidden),
    ...layers("encoder.layer", config.num_hidden_layers, (layer) => [
      dense(`${layer}.attention.qkv_proj`, 3 * hidden, hidden),
      dense(`${layer}.attention.o_proj`, hidden, hidden),
      norm(`${layer}.attn_ln`, hidden),
      dense(`${layer}.mlp.up_gate_proj`, 2 * inner, hidden, false),
      dense(`${layer}.mlp.down_proj`, hidden, inner),
      norm(`${layer}.mlp_ln`, hidden),
    ]),
  };
}

const rotationOf = perConfig((config: Config) =>
  rotation({
    dims: config.hidden_size / config.num_attention_heads,
    base: config.rope_theta ?? config.rope_parameters?.rope_theta ?? BASE,
    scaling: config.rope_scaling,
  }),
);

export function forward(params: Params, config: Config, input: EncoderInput): MlxArray {
  let x = embed(at(params, "embeddings"), config, input);
  const hidden = input.mask && paddingMask(input.mask, x.dtype);
  for (let i = 0; i < config.num_hidden_layers; i++) x = layer(at(params, `encoder.layer.${i}`), config, x, hidden);
  return x;
}

function embed(params: Params, config: Config, { ids, types }: EncoderInput): MlxArray {
  const width = config.hidden_size;
  let sum = embedding(ids, at(params, "word_embeddings"), width);
  if (config.type_vocab_size > 0) {
    const segments = at(params, "token_type_embeddings");
    sum = add(sum, types ? embedding(types, segments, width) : embeddingRows(segments, 0, 1, width));
  }
  return layerNorm(sum, at(params, "LayerNorm"), config.layer_norm_eps);
}

function layer(params: Params, config: Config, x: MlxArray, mask: MlxArray | undefined): MlxArray {
  const own = at(params, "attention");
  const [queries, keys, values] = split(linear(x, at(own, "qkv_proj")), 3, -1) as [MlxArray, MlxArray, MlxArray];
  const rotate = (part: MlxArray) => rotationOf(config)(part, 0);
  const attended = multiHeadAttention({ queries, keys, values, heads: config.num_attention_heads, mask, rotate });
  const eps = config.layer_norm_eps;
  const y = layerNorm(add(x, linear(attended, at(own, "o_proj"))), at(params, "attn_ln"), eps);
  const mlp = at(params, "mlp");
  const [up, gate] = split(linear(y, at(mlp, "up_gate_proj")), 2, -1) as [MlxArray, MlxArray];
  const inner = linear(multiply(activations[config.hidden_act](gate), up), at(mlp, "down_proj"));
  return layerNorm(add(y, inner), at(params, "mlp_ln"), eps);
}
