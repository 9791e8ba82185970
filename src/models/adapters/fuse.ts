/** Folds adapters into the weights that they change, with mlx-lm's order of sums and types. */
import * as mx from "../../mlx/index.ts";
import { norm, plainWeight, quantizedOf, weightChange } from "../../mlx/nn/index.ts";
import { ADAPTER, type Adapter, optionalWeightOf, type Params, weightOf } from "../../mlx/nn/params.ts";

export interface FuseOptions {
  /** Leaves the weights that had an adapter unquantized; otherwise they are quantized again as they were. */
  dequantize?: boolean;
}

/**
 * The model's tree with one weight where there were a weight and a pair. Other arrays are shared with the argument.
 * New ones are not computed yet, and belong to the `tidy` around.
 */
export function fuseParams(params: Params, options: FuseOptions = {}): Params {
  const adapter = params[ADAPTER];
  if (adapter) return fusedLayer(params, adapter, options);
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      value instanceof mx.MlxArray ? value : fuseParams(value, options),
    ]),
  );
}

function fusedLayer(params: Params, adapter: Adapter, { dequantize = false }: FuseOptions): Params {
  const bias = optionalWeightOf(params, "bias");
  const width = adapter.embedding ? weightOf(params, "lora_b").shape[1]! : widthOf(weightOf(params, "lora_a"));
  const weight = fusedWeight(plainWeight(params, width), params, adapter);
  const quantized = quantizedOf(params, width);
  const matrix = quantized && !dequantize ? mx.quantize(weight, quantized) : { weight };
  return bias ? { ...matrix, bias } : { ...matrix };
}

function fusedWeight(weight: mx.MlxArray, params: Params, adapter: Adapter): mx.MlxArray {
  const changed = mx.add(weight, mx.astype(weightChange(params, adapter), weight.dtype));
  const m = optionalWeightOf(params, "m");
  return m ? mx.multiply(mx.expandDims(mx.divide(m, norm(changed, 1)), 1), changed) : changed;
}

/** Features of the layer's input: `lora_a` is `[in, rank]`, of experts `[experts, rank, in]`. */
function widthOf(a: mx.MlxArray): number {
  return a.ndim === 3 ? a.shape[2]! : a.shape[0]!;
}
