/** Norms that not every model has: Gemma's, and those of heads. */
import { add, fast, type MlxArray } from "../../../mlx/index.ts";
import { at, type Params, rmsNorm, weightOf } from "../../../mlx/nn/index.ts";
import type { Heads } from "./attention.ts";

/** Division by the root mean square, then times 1 + `weight`. */
export function gemmaNorm(x: MlxArray, params: Params, eps: number): MlxArray {
  return fast.rmsNorm(x, add(weightOf(params, "weight"), 1), eps);
}

/** Norms `q_norm` and `k_norm` of each head's queries and keys. */
export function headNorms(params: Params, eps: number, norm = rmsNorm): Pick<Heads, "queryNorm" | "keyNorm"> {
  return {
    queryNorm: (x) => norm(x, at(params, "q_norm"), eps),
    keyNorm: (x) => norm(x, at(params, "k_norm"), eps),
  };
}
