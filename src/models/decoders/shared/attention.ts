/** Attention of a decoder: over plain or quantized keys, by groups of query heads, with or without soft-capped scores. */
import * as mx from "../../../mlx/index.ts";
import { at, linear, type Params } from "../../../mlx/nn/index.ts";
import type { KeyValues, LayerCache, Mask } from "../../cache/cache.ts";
import { causalMask } from "../../cache/masks.ts";
import { type HeadConfig, headSize, keyHeads } from "./config.ts";
import type { Rotate } from "./rope.ts";

export interface AttentionOptions {
  /** What the scores are multiplied by: usually 1 / √(head size). */
  scale: number;
  mask: Mask;
  /** Scores s become cap·tanh(s / cap). */
  cap?: number | undefined;
}

/** softmax(scale·q kᵀ) v; `queries` `[batch, heads, length, size]`, `mask` as the cache or the input gives it. */
export function attention(queries: mx.MlxArray, kv: KeyValues, options: AttentionOptions): mx.MlxArray {
  const { scale, mask, cap } = options;
  if ("groupSize" in kv || cap !== undefined) return attendByHand(queries, kv, options);
  return mx.fast.scaledDotProductAttention(queries, kv.keys, kv.values, mask ? { scale, mask } : { scale });
}

/** One step at a time, in mlx-lm's order: MLX's fused kernel takes no quantized keys and no cap. */
function attendByHand(queries: mx.MlxArray, kv: KeyValues, { scale, mask, cap }: AttentionOptions): mx.MlxArray {
  const [batch, heads, length, size] = queries.shape as [number, number, number, number];
  const keyHeads = ("groupSize" in kv ? kv.keys.weight : kv.keys).shape[1]!;
  const groups = heads / keyHeads;
  const scaled = mx.multiply(queries, scale);
  const q = groups > 1 ? mx.reshape(scaled, [batch, keyHeads, groups, length, size]) : scaled;
  const { scores: raw, mix } = productsOf(q, kv, groups > 1);
  const capped = cap === undefined ? raw : mx.multiply(mx.tanh(mx.divide(raw, cap)), cap);
  const weights = mx.softmax(masked(capped, mask, groups > 1), -1, true);
  const output = mix(weights);
  return groups > 1 ? mx.reshape(output, [batch, heads, length, size]) : output;
}

interface Products {
  scores: mx.MlxArray;
  mix(weights: mx.MlxArray): mx.MlxArray;
}

function productsOf(queries: mx.MlxArray, kv: KeyValues, grouped: boolean): Products {
  const widen = (x: mx.MlxArray) => (grouped ? mx.expandDims(x, 2) : x);
  if (!("groupSize" in kv)) {
    return {
      scores: mx.matmul(queries, mx.swapaxes(widen(kv.keys), -1, -2)),
      mix: (weights) => mx.matmul(weights, widen(kv.values)),
    };
  }
  const { groupSize, bits } = kv;
  const widened = ({ weight, scales, biases }: mx.QuantizedMatrix) => ({
    weight: widen(weight),
    scales: widen(scales),
    ...(biases ? { biases: widen(biases) } : {}),
  });
  return {
    scores: mx.quantizedMatmul(queries, widened(kv.keys), { groupSize, bits }),
    mix: (weights) => mx.quantizedMatmul(weights, widened(kv.values), { groupSize, bits, transpose: false }),
  };
}

function masked(scores: mx.MlxArray, mask: Mask, grouped: boolean): mx.MlxArray {
  if (mask === undefined) return scores;
  const [length, width] = scores.shape.slice(-2) as [number, number];
  const seen = mask === "causal" ? causalMask(length, width - length) : mask;
  const aligned = grouped && seen.ndim > 3 ? mx.expandDims(seen, 2) : seen;
  return seen.dtype === "bool" ? mx.where(aligned, scores, lowest(scores.dtype)) : mx.add(scores, aligned);
}

/** The lowest finite number of a type. */
function lowest(dtype: mx.DType): number {
  if (dtype === "float16") return -65_504;
  return dtype === "bfloat16" ? -3.3895313892515355e38 : -3.4028234663852886e38;
}

/** What `selfAttention` needs to know of a layer. */
export interface Heads {
  heads: number;
  keyHeads: number;
  /** Features of a head. */
  size: number;
  scale: number;
  /** Absent where a layer knows no positions. */
  rotate?: Rotate | undefined;
  /** Applied to each head's queries and keys before they are rotated. */
  queryNorm?: ((x: mx.MlxArray) => mx.MlxArray) | undefined;
  keyNorm?: ((x: mx.MlxArray) => mx.MlxArray) | undefined;
  cap?: number | undefined;
  /** Queries as float32, whatever the type of the rest. */
  preciseQueries?: boolean;
}

/** What one layer may look at. */
export interface LayerContext {
  readonly index: number;
  readonly mask: Mask;
  readonly cache: LayerCache | undefined;
}

/** Projections `[batch, length, heads × size]` of one input. */
export interface Projections {
  queries: mx.MlxArray;
  keys: mx.MlxArray;
  values: mx.MlxArray;
}

/** What the layers `q_proj`, `k_proj` and `v_proj` give. */
export function project(x: mx.MlxArray, params: Params): Projections {
  const of = (name: string) => linear(x, at(params, name));
  return { queries: of("q_proj"), keys: of("k_proj"), values: of("v_proj") };
}

/** Concatenated heads `[batch, length, heads × size]`, for the output projection. */
export function selfAttention(from: Projections, part: Heads, { mask, cache }: LayerContext): mx.MlxArray {
  const [batch, length] = from.queries.shape as [number, number, number];
  const { size, rotate, scale, cap } = part;
  const split = (x: mx.MlxArray, heads: number, norm: Heads["queryNorm"]) => {
    const parts = mx.reshape(x, [batch, length, heads, size]);
    return mx.transpose(norm ? norm(parts) : parts, [0, 2, 1, 3]);
  };
  const offset = cache?.offset ?? 0;
  const placed = (x: mx.MlxArray) => (rotate ? rotate(x, offset, cache !== undefined) : x);
  const queries = placed(split(from.queries, part.heads, part.queryNorm));
  const keys = placed(split(from.keys, part.keyHeads, part.keyNorm));
  const values = split(from.values, part.keyHeads, undefined);
  const seen = cache ? cache.update(keys, values) : { keys, values };
  const asked = part.preciseQueries ? mx.astype(queries, "float32") : queries;
  const attended = attention(asked, seen, { scale, mask, cap });
  const output = part.preciseQueries ? mx.astype(attended, values.dtype) : attended;
  return mx.reshape(mx.transpose(output, [0, 2, 1, 3]), [batch, length, part.heads * size]);
}

/** Heads of the usual size and scale. */
export function headsOf(config: HeadConfig, rotate: Rotate | undefined): Heads {
  const size = headSize(config);
  return { heads: config.num_attention_heads, keyHeads: keyHeads(config), size, scale: size ** -0.5, rotate };
}

/** Attention with the layers `q_proj`, `k_proj`, `v_proj` and `o_proj`. */
export function attend(x: mx.MlxArray, params: Params, part: Heads, context: LayerContext): mx.MlxArray {
  return linear(selfAttention(project(x, params), part, context), at(params, "o_proj"));
}
