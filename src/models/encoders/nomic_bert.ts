/** Nomic's BERT: rotary positions and a gated dense step without biases; the keys of either kind of configuration. */
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
import { activation, commonEntries, headsFit, size } from "./shared/config.ts";
import { renamed } from "./shared/rename.ts";
import { dense, layers, norm, type Shapes } from "./shared/shapes.ts";

const off = v.nullish(v.literal(false));
const flag = v.optional(v.boolean(), false);

/** The configuration of Nomic's own code, in its keys; it says what transformers takes for granted. */
const Original = v.pipe(
  v.looseObject({
    n_embd: size,
    n_layer: size,
    n_head: size,
    n_inner: size,
    n_positions: size,
    layer_norm_epsilon: v.optional(v.number(), 1e-12),
    activation_function: v.optional(v.picklist(["swiglu", "geglu"]), "swiglu"),
    rotary_emb_base: v.optional(v.number(), 1000),
    rotary_emb_fraction: v.optional(v.literal(1), 1),
    rotary_scaling_factor: v.nullish(v.literal(1, "scaled rotary positions are not supported")),
    rotary_emb_interleaved: off,
    prenorm: off,
    use_rms_norm: off,
    num_experts: v.nullish(v.literal(0, "experts are not supported")),
    moe_every_n_layers: v.nullish(v.literal(0, "experts are not supported")),
  }),
  v.transform((config) => ({
    ...config,
    hidden_size: config.n_embd,
    num_hidden_layers: config.n_layer,
    num_attention_heads: config.n_head,
    intermediate_size: config.n_inner,
    max_position_embeddings: config.n_positions,
    layer_norm_eps: config.layer_norm_epsilon,
    hidden_act: config.activation_function === "geglu" ? "gelu" : "silu",
    rope_parameters: { rope_theta: config.rotary_emb_base },
  })),
);
const isOriginal = (config: unknown): boolean => typeof config === "object" && config !== null && "n_embd" in config;

export const Config = v.pipe(
  v.lazy((config) => (isOriginal(config) ? Original : v.looseObject({}))),
  v.object({
    ...commonEntries,
    type_vocab_size: v.optional(size, 2),
    layer_norm_eps: v.optional(v.number(), 1e-12),
    hidden_act: activation("silu"),
    qkv_proj_bias: flag,
    mlp_fc1_bias: flag,
    mlp_fc2_bias: flag,
    rope_parameters: v.nullish(
      v.object({ rope_type: v.optional(v.literal("default")), rope_theta: v.optional(v.number(), 1000) }),
    ),
  }),
  headsFit(),
);
export type Config = v.InferOutput<typeof Config>;

export function sanitize(weights: Weights): Weights {
  return renamed(
    weights,
    (name) => name.replace(/^(nomic_)?bert\./, "").replace(/^embeddings\.LayerNorm\./, "emb_ln."),
    /^(embeddings(?!\.position_ids)|emb_ln|encoder)\.(?!.*inv_freq)/,
  );
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  return {
    "embeddings.word_embeddings.weight": [config.vocab_size, hidden],
    "embeddings.token_type_embeddings.weight": [config.type_vocab_size, hidden],
    ...norm("emb_ln", hidden),
    ...layers("encoder.layers", config.num_hidden_layers, (layer) => [
      dense(`${layer}.attn.Wqkv`, 3 * hidden, hidden, config.qkv_proj_bias),
      dense(`${layer}.attn.out_proj`, hidden, hidden, config.qkv_proj_bias),
      ...["fc11", "fc12"].map((part) => dense(`${layer}.mlp.${part}`, inner, hidden, config.mlp_fc1_bias)),
      dense(`${layer}.mlp.fc2`, hidden, inner, config.mlp_fc2_bias),
      norm(`${layer}.norm1`, hidden),
      norm(`${layer}.norm2`, hidden),
    ]),
  };
}

const rotationOf = perConfig((config: Config) =>
  rotation({
    dims: config.hidden_size / config.num_attention_heads,
    base: config.rope_parameters?.rope_theta ?? 1000,
  }),
);

export function forward(params: Params, config: Config, { ids, mask, types }: EncoderInput): MlxArray {
  const own = at(params, "embeddings");
  const width = config.hidden_size;
  const segments = at(own, "token_type_embeddings");
  const segment = types ? embedding(types, segments, width) : embeddingRows(segments, 0, 1, width);
  const sum = add(embedding(ids, at(own, "word_embeddings"), width), segment);
  let x = layerNorm(sum, at(params, "emb_ln"), config.layer_norm_eps);
  const hidden = mask && paddingMask(mask, x.dtype);
  for (let i = 0; i < config.num_hidden_layers; i++) x = layer(at(params, `encoder.layers.${i}`), config, x, hidden);
  return x;
}

function layer(params: Params, config: Config, x: MlxArray, mask: MlxArray | undefined): MlxArray {
  const own = at(params, "attn");
  const [queries, keys, values] = split(linear(x, at(own, "Wqkv")), 3, -1) as [MlxArray, MlxArray, MlxArray];
  const rotate = (part: MlxArray) => rotationOf(config)(part, 0);
  const attended = multiHeadAttention({ queries, keys, values, heads: config.num_attention_heads, mask, rotate });
  const eps = config.layer_norm_eps;
  const y = layerNorm(add(x, linear(attended, at(own, "out_proj"))), at(params, "norm1"), eps);
  const mlp = at(params, "mlp");
  const gate = activations[config.hidden_act](linear(y, at(mlp, "fc12")));
  const inner = linear(multiply(linear(y, at(mlp, "fc11")), gate), at(mlp, "fc2"));
  return layerNorm(add(y, inner), at(params, "norm2"), eps);
}
