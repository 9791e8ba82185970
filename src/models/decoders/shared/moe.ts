/** Layers with many dense parts, of which each token uses a few. */
import * as mx from "../../../mlx/index.ts";
import { ADAPTER, at, type Params, quantizedOf, silu, weightOf } from "../../../mlx/nn/index.ts";
import type { Weights } from "../../model.ts";
import { dense, type Shapes } from "./shapes.ts";

/** From this many choices on, they are sorted by expert, so that each one's weights are read once. */
const SORTED = 64;

/**
 * What the chosen experts make of each token: `x` `[batch, length, hidden]` and `choices` `[batch, length, k]` give
 * `[batch, length, k, hidden]`. Weights are `[experts, out, in]`.
 */
export function runExperts(x: mx.MlxArray, choices: mx.MlxArray, params: Params): mx.MlxArray {
  const wide = mx.expandDims(x, [-2, -3]);
  if (choices.size < SORTED) return mx.squeeze(gatedExperts(wide, choices, params, false), -2);
  const flat = mx.flatten(choices);
  const order = mx.argsort(flat);
  const tokens = mx.take(mx.flatten(wide, 0, -3), mx.floorDivide(order, choices.shape.at(-1)!), 0);
  const sorted = gatedExperts(tokens, mx.take(flat, order, 0), params, true);
  const back = mx.take(sorted, mx.argsort(order), 0);
  return mx.squeeze(mx.unflatten(back, 0, choices.shape), -2);
}

function gatedExperts(x: mx.MlxArray, choices: mx.MlxArray, params: Params, sorted: boolean): mx.MlxArray {
  const up = switchLinear(x, choices, at(params, "up_proj"), sorted);
  const gate = switchLinear(x, choices, at(params, "gate_proj"), sorted);
  return switchLinear(mx.multiply(silu(gate), up), choices, at(params, "down_proj"), sorted);
}

/** `x` `[…, 1, in]` times the weight of the expert that `choices` `[…]` names; a low-rank pair has one for each expert. */
function switchLinear(x: mx.MlxArray, choices: mx.MlxArray, params: Params, sorted: boolean): mx.MlxArray {
  const y = plainSwitch(x, choices, params, sorted);
  const adapter = params[ADAPTER];
  if (!adapter) return y;
  const times = (z: mx.MlxArray, name: string) => gathered(z, weightOf(params, name), choices, sorted);
  const z = times(times(adapter.dropout ? adapter.dropout(x) : x, "lora_a"), "lora_b");
  return mx.add(y, mx.astype(mx.multiply(z, adapter.scale), x.dtype));
}

/**
 * MLX's product with chosen quantized matrices cannot be called on every machine. A few choices take theirs out, packed;
 * many turn all of the layer's experts into numbers first.
 */
function plainSwitch(x: mx.MlxArray, choices: mx.MlxArray, params: Params, sorted: boolean): mx.MlxArray {
  const quantized = quantizedOf(params, x.shape.at(-1)!);
  if (!quantized) return gathered(x, weightOf(params, "weight"), choices, sorted);
  const { weight, scales, biases } = quantized.matrix;
  if (choices.size >= weight.shape[0]!) {
    return gathered(x, mx.dequantize(quantized.matrix, { ...quantized, dtype: x.dtype }), choices, sorted);
  }
  const chosen = (all: mx.MlxArray) => mx.take(all, choices, 0);
  const matrix = { weight: chosen(weight), scales: chosen(scales), ...(biases ? { biases: chosen(biases) } : {}) };
  return mx.quantizedMatmul(x, matrix, quantized);
}

/** On a CPU MLX multiplies by chosen matrices in float32 only, and ends the process otherwise. */
function gathered(x: mx.MlxArray, weight: mx.MlxArray, choices: mx.MlxArray, sorted: boolean): mx.MlxArray {
  const matrices = mx.swapaxes(weight, -1, -2);
  const narrow = x.dtype !== "float32" && weight.dtype !== "float32";
  if (!narrow || mx.currentStream().device !== "cpu") return mx.gatherMm(x, matrices, null, choices, sorted);
  if (choices.size < weight.shape[0]!) return mx.matmul(x, mx.take(matrices, choices, 0));
  const wide = mx.gatherMm(mx.astype(x, "float32"), mx.astype(matrices, "float32"), null, choices, sorted);
  return mx.astype(wide, x.dtype);
}

/** Σ of the experts' outputs `[…, k, hidden]`, weighted by `scores` `[…, k]`. */
export function weighted(outputs: mx.MlxArray, scores: mx.MlxArray): mx.MlxArray {
  return mx.sum(mx.multiply(outputs, mx.expandDims(scores, -1)), -2);
}

/** The router `gate` and the stacked experts `switch_mlp`. */
export function expertShapes(at: string, experts: number, hidden: number, inner: number): Shapes {
  return {
    ...dense(`${at}.gate`, experts, hidden),
    [`${at}.switch_mlp.gate_proj.weight`]: [experts, inner, hidden],
    [`${at}.switch_mlp.up_proj.weight`]: [experts, inner, hidden],
    [`${at}.switch_mlp.down_proj.weight`]: [experts, hidden, inner],
  };
}

/**
 * Puts `<at>.experts.<e>.<name>.*` of all experts together as `<at>.switch_mlp.<other name>.*`. A set that lacks an
 * expert stays as it is, and the check of the weights names what is missing.
 */
export function stackExperts(weights: Weights, at: string, experts: number, names: Record<string, string>): void {
  for (const [name, other] of Object.entries(names)) {
    for (const part of ["weight", "scales", "biases"]) {
      const own = Array.from({ length: experts }, (_, e) => `${at}.experts.${e}.${name}.${part}`);
      const tensors = own.map((key) => weights.get(key));
      if (!tensors.every((tensor) => tensor !== undefined)) continue;
      for (const key of own) weights.delete(key);
      weights.set(`${at}.switch_mlp.${other}.${part}`, mx.stack(tensors));
    }
  }
}
