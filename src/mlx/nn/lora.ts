/** Low-rank changes of a layer: LoRA (Hu et al. 2021), beside the layer's own weight. */
import type { MlxArray } from "../array.ts";
import { add, astype, matmul, multiply, take } from "../ops.ts";
import { type Adapter, type Params, weightOf } from "./params.ts";

/** y + scale·(dropout(x) A) B, where `y` is what the layer gives without them. */
export function adaptedLinear(
  x: MlxArray,
  params: Params,
  { scale, dropout }: Adapter,
  base: (x: MlxArray, params: Params) => MlxArray,
): MlxArray {
  const y = base(x, params);
  const z = matmul(matmul(dropout ? dropout(x) : x, weightOf(params, "lora_a")), weightOf(params, "lora_b"));
  return add(y, astype(multiply(z, scale), x.dtype));
}

/** Rows of the weight, plus scale·(dropout(rows of A) B). */
export function adaptedEmbedding(
  ids: MlxArray,
  params: Params,
  { scale, dropout }: Adapter,
  base: (ids: MlxArray) => MlxArray,
): MlxArray {
  const y = base(ids);
  const rows = take(weightOf(params, "lora_a"), ids, 0);
  const z = matmul(dropout ? dropout(rows) : rows, weightOf(params, "lora_b"));
  return add(y, astype(multiply(z, scale), y.dtype));
}
