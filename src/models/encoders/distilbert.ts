/** DistilBERT: BERT without segments, under names of its own. */
import * as v from "valibot";
import { add, type MlxArray } from "../../mlx/index.ts";
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
import { activation, headsFit, size } from "./shared/config.ts";
import { modernNorm, renamed } from "./shared/rename.ts";
import { dense, layers, norm, type Shapes } from "./shared/shapes.ts";

const EPS = 1e-12;

/** `hidden_size` and `num_attention_heads` are added for those who know no DistilBERT. */
export const Config = v.pipe(
  v.object({
    vocab_size: size,
    dim: size,
    n_layers: size,
    n_heads: size,
    hidden_dim: size,
    max_position_embeddings: size,
    activation: activation("gelu"),
  }),
  v.transform((config) => ({ ...config, hidden_size: config.dim, num_attention_heads: config.n_heads })),
  headsFit(),
);
export type Config = v.InferOutput<typeof Config>;

export function sanitize(weights: Weights): Weights {
  return renamed(
    weights,
    (name) => modernNorm(name.replace(/^distilbert\./, "")),
    /^(embeddings(?!\.position_ids)|transformer)\./,
  );
}

export function shapes(config: Config): Shapes {
  const { dim, hidden_dim: inner } = config;
  return {
    "embeddings.word_embeddings.weight": [config.vocab_size, dim],
    "embeddings.position_embeddings.weight": [config.max_position_embeddings, dim],
    ...norm("embeddings.LayerNorm", dim),
    ...layers("transformer.layer", config.n_layers, (layer) => [
      ...["q_lin", "k_lin", "v_lin", "out_lin"].map((part) => dense(`${layer}.attention.${part}`, dim, dim)),
      norm(`${layer}.sa_layer_norm`, dim),
      dense(`${layer}.ffn.lin1`, inner, dim),
      dense(`${layer}.ffn.lin2`, dim, inner),
      norm(`${layer}.output_layer_norm`, dim),
    ]),
  };
}

export function forward(params: Params, config: Config, { ids, mask }: EncoderInput): MlxArray {
  const own = at(params, "embeddings");
  const positions = embeddingRows(at(own, "position_embeddings"), 0, ids.shape[1]!, config.dim);
  const sum = add(embedding(ids, at(own, "word_embeddings"), config.dim), positions);
  let x = layerNorm(sum, at(own, "LayerNorm"), EPS);
  const hidden = mask && paddingMask(mask, x.dtype);
  for (let i = 0; i < config.n_layers; i++) x = layer(at(params, `transformer.layer.${i}`), config, x, hidden);
  return x;
}

function layer(params: Params, config: Config, x: MlxArray, mask: MlxArray | undefined): MlxArray {
  const own = at(params, "attention");
  const attended = multiHeadAttention({
    queries: linear(x, at(own, "q_lin")),
    keys: linear(x, at(own, "k_lin")),
    values: linear(x, at(own, "v_lin")),
    heads: config.n_heads,
    mask,
  });
  const y = layerNorm(add(x, linear(attended, at(own, "out_lin"))), at(params, "sa_layer_norm"), EPS);
  const ffn = at(params, "ffn");
  const inner = activations[config.activation](linear(y, at(ffn, "lin1")));
  return layerNorm(add(y, linear(inner, at(ffn, "lin2"))), at(params, "output_layer_norm"), EPS);
}
