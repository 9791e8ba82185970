/** Activation functions by the names that model configurations use. */
import type { MlxArray } from "../array.ts";
import { add, divide, erf, maximum, multiply, power, sigmoid, tanh } from "../ops.ts";
import { geluApproximate, geluTanhApproximate, isApproximated, siluApproximate } from "./approximations.ts";

/** x·Φ(x): exact on a GPU and for training, within 3e-6 on the CPU. */
export function gelu(x: MlxArray): MlxArray {
  if (isApproximated(x)) return geluApproximate(x);
  return multiply(multiply(x, 0.5), add(erf(multiply(x, Math.SQRT1_2)), 1));
}

/** x·Φ(x) by MLX's error function, in the order of mlx.nn: slow on the CPU, and equal to mlx-lm's to the last bit. */
export function geluExact(x: MlxArray): MlxArray {
  return divide(multiply(x, add(erf(divide(x, Math.SQRT2)), 1)), 2);
}

/** ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))), in the order of mlx.nn; `gelu_pytorch_tanh` and `gelu_new` are its names. */
export function geluTanh(x: MlxArray): MlxArray {
  const inner = multiply(add(x, multiply(power(x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
  return multiply(multiply(x, 0.5), add(tanh(inner), 1));
}

export function relu(x: MlxArray): MlxArray {
  return maximum(x, 0);
}

/** x·σ(x), also called swish. */
export function silu(x: MlxArray): MlxArray {
  return multiply(x, sigmoid(x));
}

const fastGeluTanh = (x: MlxArray) => (isApproximated(x) ? geluTanhApproximate(x) : geluTanh(x));
const fastSilu = (x: MlxArray) => (isApproximated(x) ? siluApproximate(x) : silu(x));

/** Of encoders: exact on a GPU and for training, approximated on the CPU. */
export const activations = {
  gelu,
  gelu_new: fastGeluTanh,
  gelu_pytorch_tanh: fastGeluTanh,
  relu,
  silu: fastSilu,
  swish: fastSilu,
} as const;
export type ActivationName = keyof typeof activations;
