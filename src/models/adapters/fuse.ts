/** Folds adapters into the weights that they change, with mlx-lm's order of sums and types. */
import * as mx from "../../mlx/index.ts";
import { norm, plainWeight, quantizedOf, weightChange } from "../../mlx/nn/index.ts";
import { ADAPTER, type Adapter, type Params, weightOf } from "../../mlx/nn/params.ts";
import { inRowPieces } from "../convert/row-pieces.ts";

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
  const { weight, scales, biases, bias, m } = params as Record<string, mx.MlxArray | undefined>;
  const width = adapter.embedding ? weightOf(params, "lora_b").shape[1]! : widthOf(weightOf(params, "lora_a"));
  const quantized = dequantize ? undefined : quantizedOf(params, width);
  // Whole, as a product of some rows may differ from theirs in the whole's by a last bit.
  const change = weightChange(params, adapter);
  const [rows, ...inner] = change.shape as [number, ...number[]];
  const rowBytes = 4 * inner.reduce((product, n) => product * n, 1);
  const matrix = inRowPieces<mx.QuantizedMatrix | { weight: mx.MlxArray }>(rows, rowBytes, (take) => {
    const own = Object.entries({ weight, scales, biases }).flatMap(([name, all]) => (all ? [[name, take(all)]] : []));
    const fused = fusedWeight(plainWeight(Object.fromEntries(own), width), take(change), m && take(m));
    return quantized ? mx.quantize(fused, quantized) : { weight: fused };
  });
  return { ...matrix, ...(bias ? { bias } : {}) };
}

function fusedWeight(weight: mx.MlxArray, change: mx.MlxArray, m: mx.MlxArray | undefined): mx.MlxArray {
  const changed = mx.add(weight, mx.astype(change, weight.dtype));
  return m ? mx.multiply(mx.expandDims(mx.divide(m, norm(changed, 1)), 1), changed) : changed;
}

/** Features of the layer's input: `lora_a` is `[in, rank]`, of experts `[experts, rank, in]`. */
function widthOf(a: mx.MlxArray): number {
  return a.ndim === 3 ? a.shape[2]! : a.shape[0]!;
}
