/** The plain layers, as functions of their input and parameters. Shapes: `[…, features]`. */
import type { MlxArray } from "../array.ts";
import { layerNorm as fusedLayerNorm } from "../fast.ts";
import { addmm, matmul, take, transpose } from "../ops.ts";
import { optionalWeightOf, type Params, weightOf } from "./params.ts";

/** x Wᵀ + b with `weight` `[out, in]` and perhaps `bias` `[out]`. */
export function linear(x: MlxArray, params: Params): MlxArray {
  const weight = transpose(weightOf(params, "weight"));
  const bias = optionalWeightOf(params, "bias");
  return bias ? addmm(bias, x, weight) : matmul(x, weight);
}

/** Rows of `weight` `[rows, features]`; `ids` are integers of any shape. */
export function embedding(ids: MlxArray, params: Params): MlxArray {
  return take(weightOf(params, "weight"), ids, 0);
}

/** Layer normalisation with `weight` and `bias` `[features]`. */
export function layerNorm(x: MlxArray, params: Params, eps: number): MlxArray {
  return fusedLayerNorm(x, weightOf(params, "weight"), optionalWeightOf(params, "bias") ?? null, eps);
}
