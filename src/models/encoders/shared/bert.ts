/** What BERT and RoBERTa have in common: all but where positions begin. */
import * as v from "valibot";
import { add, type MlxArray, slice } from "../../../mlx/index.ts";
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
} from "../../../mlx/nn/index.ts";
import type { EncoderInput, Weights } from "../../model.ts";
import { activation, commonEntries, size } from "./config.ts";
import { modernNorm, renamed } from "./rename.ts";
import { dense, layers, norm, type Shapes } from "./shapes.ts";

export const bertEntries = {
  ...commonEntries,
  type_vocab_size: v.optional(size, 2),
  layer_norm_eps: v.optional(v.number(), 1e-12),
  hidden_act: activation("gelu"),
  position_embedding_type: v.optional(v.literal("absolute"), "absolute"),
};
export type BertConfig = v.InferOutput<v.ObjectSchema<typeof bertEntries, undefined>>;

/** Drops the task heads and the prefix that some files put before every name; takes the names of old conversions. */
export function sanitizeBert(weights: Weights, prefix: RegExp): Weights {
  return renamed(weights, (name) => modernNorm(name.replace(prefix, "")), /^(embeddings(?!\.position_ids)|encoder)\./);
}

/** @param positions rows of the table of positions */
export function bertShapes(config: BertConfig, positions: number): Shapes {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  return {
    "embeddings.word_embeddings.weight": [config.vocab_size, hidden],
    "embeddings.position_embeddings.weight": [positions, hidden],
    "embeddings.token_type_embeddings.weight": [config.type_vocab_size, hidden],
    ...norm("embeddings.LayerNorm", hidden),
    ...layers("encoder.layer", config.num_hidden_layers, (layer) => [
      ...["query", "key", "value"].map((part) => dense(`${layer}.attention.self.${part}`, hidden, hidden)),
      dense(`${layer}.attention.output.dense`, hidden, hidden),
      norm(`${layer}.attention.output.LayerNorm`, hidden),
      dense(`${layer}.intermediate.dense`, inner, hidden),
      dense(`${layer}.output.dense`, hidden, inner),
      norm(`${layer}.output.LayerNorm`, hidden),
    ]),
  };
}

/** Hidden states; the first token has the position `first`. */
export function bertForward(params: Params, config: BertConfig, input: EncoderInput, first: number): MlxArray {
  let x = embed(at(params, "embeddings"), config, input, first);
  const hidden = input.mask && paddingMask(input.mask, x.dtype);
  const last = config.num_hidden_layers - 1;
  for (let i = 0; i <= last; i++) {
    // The last layer's tokens look at all of the layer before, and at none of their own.
    const asking = i === last && input.firstOnly ? slice(x, [null, [0, 1]]) : x;
    x = layer(at(params, `encoder.layer.${i}`), config, { asking, seen: x, mask: hidden });
  }
  return x;
}

function embed(params: Params, config: BertConfig, { ids, types }: EncoderInput, first: number): MlxArray {
  const width = config.hidden_size;
  const positions = embeddingRows(at(params, "position_embeddings"), first, first + ids.shape[1]!, width);
  const segments = at(params, "token_type_embeddings");
  const segment = types ? embedding(types, segments, width) : embeddingRows(segments, 0, 1, width);
  const sum = add(embedding(ids, at(params, "word_embeddings"), width), add(positions, segment));
  return layerNorm(sum, at(params, "LayerNorm"), config.layer_norm_eps);
}

interface LayerInput {
  /** Tokens whose hidden states come out. */
  asking: MlxArray;
  /** Tokens that they look at. */
  seen: MlxArray;
  mask: MlxArray | undefined;
}

function layer(params: Params, config: BertConfig, { asking: x, seen, mask }: LayerInput): MlxArray {
  const self = at(params, "attention.self");
  const attended = multiHeadAttention({
    queries: linear(x, at(self, "query")),
    keys: linear(seen, at(self, "key")),
    values: linear(seen, at(self, "value")),
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
