/** Activation functions by the names that model configurations use. */
import type { MlxArray } from "../array.ts";
import { currentStream } from "../device.ts";
import { add, erf, maximum, multiply, sigmoid } from "../ops.ts";
import { geluApproximate } from "./approximations.ts";

/** x·Φ(x): exact on a GPU, within 3e-6 on the CPU. */
export function gelu(x: MlxArray): MlxArray {
  if (currentStream().device === "cpu" && x.dtype === "float32") return geluApproximate(x);
  return multiply(multiply(x, 0.5), add(erf(multiply(x, Math.SQRT1_2)), 1));
}

export function relu(x: MlxArray): MlxArray {
  return maximum(x, 0);
}

/** x·σ(x), also called swish. */
export function silu(x: MlxArray): MlxArray {
  return multiply(x, sigmoid(x));
}

export const activations = { gelu, relu } as const;
export type ActivationName = keyof typeof activations;
