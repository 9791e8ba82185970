/** Gemma's norm. */
import { add, fast, type MlxArray } from "../../../mlx/index.ts";
import { type Params, weightOf } from "../../../mlx/nn/index.ts";

/** Division by the root mean square, then times 1 + `weight`. */
export function gemmaNorm(x: MlxArray, params: Params, eps: number): MlxArray {
  return fast.rmsNorm(x, add(weightOf(params, "weight"), 1), eps);
}
