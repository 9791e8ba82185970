/** Low-rank changes of a layer, beside its own weight: LoRA (Hu et al. 2021) and DoRA (Liu et al. 2024), as mlx-lm's. */
import type { MlxArray } from "../array.ts";
import {
  add,
  astype,
  dequantize,
  divide,
  expandDims,
  matmul,
  multiply,
  sqrt,
  square,
  stopGradient,
  sum,
  take,
  transpose,
} from "../ops.ts";
import { type Adapter, optionalWeightOf, type Params, weightOf } from "./params.ts";
import { quantizedOf } from "./quantized.ts";

/** y + scale·(dropout(x) A) B, where `y` is what the layer gives without them; with `m`, DoRA's. */
export function adaptedLinear(
  x: MlxArray,
  params: Params,
  adapter: Adapter,
  base: (x: MlxArray, params: Params) => MlxArray,
): MlxArray {
  if (optionalWeightOf(params, "m")) return doraLinear(x, params, adapter);
  const y = base(x, params);
  return add(y, astype(multiply(product(x, params, adapter), adapter.scale), x.dtype));
}

/** Rows of the weight, plus scale·dropout(rows of A · B); with `m`, DoRA's. */
export function adaptedEmbedding(
  ids: MlxArray,
  params: Params,
  adapter: Adapter,
  base: (ids: MlxArray) => MlxArray,
): MlxArray {
  const { scale, dropout = same } = adapter;
  const y = base(ids);
  const rows = take(weightOf(params, "lora_a"), ids, 0);
  const b = weightOf(params, "lora_b");
  const m = optionalWeightOf(params, "m");
  if (!m) return add(y, astype(multiply(dropout(matmul(rows, b)), scale), y.dtype));
  const z = matmul(multiply(rows, scale), b);
  const out = add(y, astype(dropout(z), y.dtype));
  const norms = stopGradient(norm(add(y, z), -1));
  return multiply(expandDims(divide(take(m, ids, 0), norms), -1), out);
}

/** The weight `[out, in]` of a layer as numbers; `width` is its input's, which tells how a quantized one is packed. */
export function plainWeight(params: Params, width: number): MlxArray {
  const quantized = quantizedOf(params, width);
  return quantized ? dequantize(quantized.matrix, quantized) : weightOf(params, "weight");
}

/** Euclidean lengths along an axis, computed as MLX's `linalg.norm`. */
export function norm(x: MlxArray, axis: number): MlxArray {
  return sqrt(sum(square(x), axis));
}

/** m/‖W + scale·Bᵀ Aᵀ‖ · (x Wᵀ + scale·(dropout(x) A) B) + bias; the norm counts as a constant for gradients. */
function doraLinear(x: MlxArray, params: Params, adapter: Adapter): MlxArray {
  const weight = plainWeight(params, x.shape.at(-1)!);
  const y = matmul(x, transpose(weight));
  const out = add(y, astype(multiply(product(x, params, adapter), adapter.scale), x.dtype));
  const norms = stopGradient(norm(add(weight, weightChange(params, adapter)), 1));
  const factors = divide(weightOf(params, "m"), norms);
  if (adapter.embedding) return multiply(factors, out);
  const scaled = multiply(astype(factors, x.dtype), out);
  const bias = optionalWeightOf(params, "bias");
  return bias ? add(scaled, bias) : scaled;
}

/** (dropout(x) A) B; of an embedding that serves as a head, (dropout(x) Bᵀ) Aᵀ. */
function product(x: MlxArray, params: Params, { dropout = same, embedding }: Adapter): MlxArray {
  const [a, b] = [weightOf(params, "lora_a"), weightOf(params, "lora_b")];
  return embedding ? matmul(matmul(dropout(x), transpose(b)), transpose(a)) : matmul(matmul(dropout(x), a), b);
}

/** What the pair adds to the weight: (scale·Bᵀ) Aᵀ, of an embedding (scale·A) B, of experts (scale·B) A each. */
export function weightChange(params: Params, { scale, embedding }: Adapter): MlxArray {
  const [a, b] = [weightOf(params, "lora_a"), weightOf(params, "lora_b")];
  if (embedding) return matmul(multiply(a, scale), b);
  if (a.ndim === 3) return matmul(multiply(b, scale), a);
  return matmul(multiply(transpose(b), scale), transpose(a));
}

const same = (x: MlxArray): MlxArray => x;
