/** BERT: token, position and segment embeddings, then layers of attention and two dense steps, normalised after each. */
import * as v from "valibot";
import { add, type MlxArray, multiply, reshape, type Shape, slice, subtract } from "../../mlx/index.ts";
import {
  type ActivationName,
  activations,
  at,
  embedding,
  HIDDEN,
  layerNorm,
  linear,
  multiHeadAttention,
  type Params,
  weightOf,
} from "../../mlx/nn/index.ts";
import type { EncoderInput, Weights } from "../model.ts";

const size = v.pipe(v.number(), v.integer(), v.minValue(1));

export const Config = v.pipe(
  v.object({
    vocab_size: size,
    hidden_size: size,
    num_hidden_layers: size,
    num_attention_heads: size,
    intermediate_size: size,
    max_position_embeddings: size,
    type_vocab_size: v.optional(size, 2),
    layer_norm_eps: v.optional(v.number(), 1e-12),
    hidden_act: v.optional(v.picklist(Object.keys(activations) as ActivationName[]), "gelu"),
    position_embedding_type: v.optional(v.literal("absolute"), "absolute"),
  }),
  v.check(
    (config) => config.hidden_size % config.num_attention_heads === 0,
    "hidden_size is not a multiple of num_attention_heads",
  ),
);
export type Config = v.InferOutput<typeof Config>;

/** Drops the task heads and the `bert.` that some files put before every name; takes the names of old conversions. */
export function sanitize(weights: Weights): Weights {
  const kept: Weights = new Map();
  for (const [name, weight] of weights) {
    const plain = name
      .replace(/^bert\./, "")
      .replace(/LayerNorm\.gamma$/, "LayerNorm.weight")
      .replace(/LayerNorm\.beta$/, "LayerNorm.bias");
    if (/^(embeddings|encoder)\./.test(plain) && plain !== "embeddings.position_ids") kept.set(plain, weight);
  }
  return kept;
}

export function shapes(config: Config): Record<string, Shape> {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const dense = (name: string, out: number, into: number) => ({
    [`${name}.weight`]: [out, into],
    [`${name}.bias`]: [out],
  });
  const norm = (name: string) => ({ [`${name}.weight`]: [hidden], [`${name}.bias`]: [hidden] });
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => `encoder.layer.${i}`);
  return Object.assign(
    {
      "embeddings.word_embeddings.weight": [config.vocab_size, hidden],
      "embeddings.position_embeddings.weight": [config.max_position_embeddings, hidden],
      "embeddings.token_type_embeddings.weight": [config.type_vocab_size, hidden],
    },
    norm("embeddings.LayerNorm"),
    ...layers.flatMap((layer) => [
      ...["query", "key", "value"].map((part) => dense(`${layer}.attention.self.${part}`, hidden, hidden)),
      dense(`${layer}.attention.output.dense`, hidden, hidden),
      norm(`${layer}.attention.output.LayerNorm`),
      dense(`${layer}.intermediate.dense`, inner, hidden),
      dense(`${layer}.output.dense`, hidden, inner),
      norm(`${layer}.output.LayerNorm`),
    ]),
  );
}

export function forward(params: Params, config: Config, { ids, mask }: EncoderInput): MlxArray {
  const [batch, length] = ids.shape as [number, number];
  const hidden = mask && reshape(multiply(subtract(mask, 1), -HIDDEN), [batch, 1, 1, length]);
  let x = embed(at(params, "embeddings"), config, ids, length);
  for (let i = 0; i < config.num_hidden_layers; i++) x = layer(at(params, `encoder.layer.${i}`), config, x, hidden);
  return x;
}

function embed(params: Params, config: Config, ids: MlxArray, length: number): MlxArray {
  const positions = slice(weightOf(at(params, "position_embeddings"), "weight"), [[0, length]]);
  const segment = slice(weightOf(at(params, "token_type_embeddings"), "weight"), [[0, 1]]);
  const sum = add(embedding(ids, at(params, "word_embeddings")), add(positions, segment));
  return layerNorm(sum, at(params, "LayerNorm"), config.layer_norm_eps);
}

function layer(params: Params, config: Config, x: MlxArray, mask: MlxArray | undefined): MlxArray {
  const self = at(params, "attention.self");
  const attended = multiHeadAttention({
    queries: linear(x, at(self, "query")),
    keys: linear(x, at(self, "key")),
    values: linear(x, at(self, "value")),
    heads: config.num_attention_heads,
    mask,
  });
  const eps = config.layer_norm_eps;
  const first = at(params, "attention.output");
  const y = layerNorm(add(x, linear(attended, at(first, "dense"))), at(first, "LayerNorm"), eps);
  const inner = activations[config.hidden_act](linear(y, at(params, "intermediate.dense")));
  const last = at(params, "output");
  return layerNorm(add(y, linear(inner, at(last, "dense"))), at(last, "LayerNorm"), eps);
}
