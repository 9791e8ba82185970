/** MPNet: BERT without segments, with a bias by distance on the scores of every layer. */
import * as v from "valibot";
import { add, fromTypedArray, type MlxArray, transpose } from "../../mlx/index.ts";
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
import type { EncoderInput, Weights } from "../model.ts";
import { activation, commonEntries, headsFit, size } from "./shared/config.ts";
import { modernNorm, renamed } from "./shared/rename.ts";
import { dense, layers, norm, type Shapes } from "./shared/shapes.ts";

export const Config = v.pipe(
  v.object({
    ...commonEntries,
    layer_norm_eps: v.optional(v.number(), 1e-12),
    hidden_act: activation("gelu"),
    relative_attention_num_buckets: v.optional(size, 32),
  }),
  headsFit(),
  v.check((config) => config.max_position_embeddings > FIRST_POSITION, "no positions are left for tokens"),
);
export type Config = v.InferOutput<typeof Config>;

/** MPNet's padding token has the id 1 always, and positions begin after it. */
const FIRST_POSITION = 2;
/** Distances from here on share a bucket. */
const FURTHEST = 128;
/** transformers cuts distances into 32 buckets, whatever the configuration says of the table's rows. */
const BUCKETS = 32;

export function sanitize(weights: Weights): Weights {
  return renamed(
    weights,
    (name) => modernNorm(name.replace(/^mpnet\./, "")),
    /^(embeddings(?!\.position_ids)|encoder)\./,
  );
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  return {
    "embeddings.word_embeddings.weight": [config.vocab_size, hidden],
    "embeddings.position_embeddings.weight": [config.max_position_embeddings, hidden],
    ...norm("embeddings.LayerNorm", hidden),
    "encoder.relative_attention_bias.weight": [config.relative_attention_num_buckets, config.num_attention_heads],
    ...layers("encoder.layer", config.num_hidden_layers, (layer) => [
      ...["q", "k", "v", "o"].map((part) => dense(`${layer}.attention.attn.${part}`, hidden, hidden)),
      norm(`${layer}.attention.LayerNorm`, hidden),
      dense(`${layer}.intermediate.dense`, inner, hidden),
      dense(`${layer}.output.dense`, hidden, inner),
      norm(`${layer}.output.LayerNorm`, hidden),
    ]),
  };
}

export function forward(params: Params, config: Config, { ids, mask }: EncoderInput): MlxArray {
  const own = at(params, "embeddings");
  const { hidden_size: width, layer_norm_eps: eps } = config;
  const length = ids.shape[1]!;
  const places = embeddingRows(at(own, "position_embeddings"), FIRST_POSITION, FIRST_POSITION + length, width);
  let x = layerNorm(add(embedding(ids, at(own, "word_embeddings"), width), places), at(own, "LayerNorm"), eps);
  const table = at(params, "encoder.relative_attention_bias");
  const distances = embedding(bucketsOf(length), table, config.num_attention_heads);
  const bias = transpose(distances, [2, 0, 1]);
  const scores = mask ? add(bias, paddingMask(mask, x.dtype)) : bias;
  for (let i = 0; i < config.num_hidden_layers; i++) x = layer(at(params, `encoder.layer.${i}`), config, x, scores);
  return x;
}

function layer(params: Params, config: Config, x: MlxArray, mask: MlxArray): MlxArray {
  const attention = at(params, "attention");
  const own = at(attention, "attn");
  const attended = multiHeadAttention({
    queries: linear(x, at(own, "q")),
    keys: linear(x, at(own, "k")),
    values: linear(x, at(own, "v")),
    heads: config.num_attention_heads,
    mask,
  });
  const eps = config.layer_norm_eps;
  const y = layerNorm(add(x, linear(attended, at(own, "o"))), at(attention, "LayerNorm"), eps);
  const inner = activations[config.hidden_act](linear(y, at(params, "intermediate.dense")));
  const last = at(params, "output");
  return layerNorm(add(y, linear(inner, at(last, "dense"))), at(last, "LayerNorm"), eps);
}

/** The bucket of each query (row) and key by their distance, int32 `[length, length]`; T5's rule, both directions. */
function bucketsOf(length: number): MlxArray {
  const buckets = new Int32Array(length * length);
  for (let row = 0; row < length; row++) {
    for (let column = 0; column < length; column++) buckets[row * length + column] = bucketOf(row - column);
  }
  return fromTypedArray(buckets, [length, length]);
}

function bucketOf(distance: number): number {
  const half = BUCKETS / 2;
  const exact = half / 2;
  const before = distance < 0 ? half : 0;
  const far = Math.abs(distance);
  if (far < exact) return before + far;
  // In float32, as torch has it: the borders of buckets fall on whole numbers.
  const share = Math.fround(Math.fround(Math.log(far / exact)) / Math.fround(Math.log(FURTHEST / exact)));
  return before + Math.min(half - 1, exact + Math.trunc(share * (half - exact)));
}
