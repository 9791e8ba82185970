/** The plain layers, as functions of their input and parameters. Shapes: `[…, features]`. */
import type { MlxArray } from "../array.ts";
import { layerNorm as fusedLayerNorm, rmsNorm as fusedRmsNorm } from "../fast.ts";
import { add, addmm, astype, dequantize, matmul, quantizedMatmul, slice, take, transpose } from "../ops.ts";
import { adaptedEmbedding, adaptedLinear } from "./lora.ts";
import { ADAPTER, optionalWeightOf, type Params, WIDENED, weightOf } from "./params.ts";
import { quantizedOf } from "./quantized.ts";

/**
 * x Wᵀ + b with `weight` `[out, in]` and perhaps `bias` `[out]`. The weight may be quantized (`scales` beside it), and
 * a low-rank pair may change it (`lora_a` `[in, rank]`, `lora_b` `[rank, out]`, and `m` `[out]` for DoRA).
 */
export function linear(x: MlxArray, params: Params): MlxArray {
  return params[ADAPTER] ? adaptedLinear(x, params, params[ADAPTER], plainLinear) : plainLinear(x, params);
}

function plainLinear(x: MlxArray, params: Params): MlxArray {
  const bias = optionalWeightOf(params, "bias");
  const quantized = quantizedOf(params, x);
  if (quantized && !params[WIDENED]) {
    const y = quantizedMatmul(x, quantized.matrix, quantized);
    return bias ? add(y, bias) : y;
  }
  const held = quantized ? dequantize(quantized.matrix, quantized) : weightOf(params, "weight");
  const weight = transpose(params[WIDENED] ? astype(held, "float32") : held);
  return bias ? addmm(bias, x, weight) : matmul(x, weight);
}

/** Rows of `weight` `[rows, features]`, quantized or not; `ids` are integers of any shape, `width` the features. */
export function embedding(ids: MlxArray, params: Params, width?: number): MlxArray {
  return params[ADAPTER]
    ? adaptedEmbedding(ids, params, params[ADAPTER], (rows) => plainEmbedding(rows, params, width))
    : plainEmbedding(ids, params, width);
}

function plainEmbedding(ids: MlxArray, params: Params, width: number | undefined): MlxArray {
  const quantized = width === undefined ? undefined : quantizedOf(params, width);
  if (!quantized) {
    const rows = take(weightOf(params, "weight"), ids, 0);
    return params[WIDENED] ? astype(rows, "float32") : rows;
  }
  const { weight, scales, biases } = quantized.matrix;
  const rows = { weight: take(weight, ids, 0), scales: take(scales, ids, 0) };
  return dequantize(biases ? { ...rows, biases: take(biases, ids, 0) } : rows, quantized);
}

/** Rows `from` to `to` of an embedding, quantized or not; `width` is the features of a row. */
export function embeddingRows(params: Params, from: number, to: number, width: number): MlxArray {
  const rows = (x: MlxArray) => slice(x, [[from, to]]);
  const quantized = quantizedOf(params, width);
  if (!quantized) {
    const held = rows(weightOf(params, "weight"));
    return params[WIDENED] ? astype(held, "float32") : held;
  }
  const { weight, scales, biases } = quantized.matrix;
  const matrix = { weight: rows(weight), scales: rows(scales) };
  return dequantize(biases ? { ...matrix, biases: rows(biases) } : matrix, quantized);
}

/** Layer normalisation with `weight` and perhaps `bias` `[features]`. */
export function layerNorm(x: MlxArray, params: Params, eps: number): MlxArray {
  return fusedLayerNorm(x, weightOf(params, "weight"), optionalWeightOf(params, "bias") ?? null, eps);
}

/** Division by the root mean square, with `weight` `[features]`. */
export function rmsNorm(x: MlxArray, params: Params, eps: number): MlxArray {
  return fusedRmsNorm(x, weightOf(params, "weight"), eps);
}
