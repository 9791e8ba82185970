/** Whether the tensors of a decoder's files are those that its configuration asks for. */
import { MdpError } from "../core/errors.ts";
import type { MlxArray, Shape } from "../mlx/index.ts";
import type { Weights } from "./model.ts";

/** So many names stand in an error; the rest is counted. */
const NAMED = 3;

/**
 * The tensors that a model reads: those of `shapes`, each quantized layer with its `scales` and `biases`. Throws
 * `model-weights` for what is missing, has another shape or type, or belongs to no layer.
 */
export function checkedWeights(weights: Weights, shapes: Record<string, Shape>, where: string): Weights {
  const kept: Weights = new Map();
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const weight = weights.get(name);
    if (!weight) {
      missing.push(name);
      continue;
    }
    kept.set(name, weight);
    const [scales, biases] = ["scales", "biases"].map((part) => partOf(weights, name, part));
    if (scales) kept.set(scales.name, scales.tensor);
    if (scales && biases) kept.set(biases.name, biases.tensor);
    const problem = scales ? packedProblem(shape, weight, scales.tensor, biases?.tensor) : plainProblem(shape, weight);
    if (problem) wrong.push(`${name} ${problem}`);
  }
  if (missing.length > 0) throw wrongWeights(`the weights lack ${listed(missing)}`, where);
  if (wrong.length > 0) throw wrongWeights(listed(wrong, "; "), where);
  const foreign = [...weights.keys()].filter((name) => !kept.has(name));
  if (foreign.length > 0) throw wrongWeights(`the model has no place for ${listed(foreign)}`, where);
  return kept;
}

function partOf(weights: Weights, name: string, part: string): { name: string; tensor: MlxArray } | undefined {
  if (!name.endsWith(".weight")) return undefined;
  const own = `${name.slice(0, -"weight".length)}${part}`;
  const tensor = weights.get(own);
  return tensor && { name: own, tensor };
}

function plainProblem(shape: Shape, { shape: found, dtype }: MlxArray): string | undefined {
  if (found.join() !== shape.join()) return `has shape [${found}], the configuration asks for [${shape}]`;
  if (dtype === "float32" || dtype === "float16" || dtype === "bfloat16") return undefined;
  return `is ${dtype}, neither a float of 16 or 32 bits nor quantized`;
}

/** `weight` holds 32 bits a word; `scales`, and for the mode `affine` `biases`, one number a group of weights. */
function packedProblem(
  shape: Shape,
  weight: MlxArray,
  scales: MlxArray,
  biases: MlxArray | undefined,
): string | undefined {
  const width = shape.at(-1)!;
  const rows = shape.slice(0, -1).join();
  const asked = `for [${shape}]`;
  if (weight.dtype !== "uint32") return `is ${weight.dtype}, but a quantized weight is uint32`;
  for (const part of [weight, scales]) {
    if (part.shape.slice(0, -1).join() !== rows) return `has packed parts of shape [${part.shape}] ${asked}`;
  }
  const bits = (weight.shape.at(-1)! * 32) / width;
  const group = width / scales.shape.at(-1)!;
  const affine = biases !== undefined;
  if (!affine && scales.dtype !== "uint8") return `has no biases, and scales that are ${scales.dtype}`;
  const known = affine ? [2, 3, 4, 5, 6, 8].includes(bits) : bits === 4 || bits === 8;
  if (!known) return `has ${bits} bits a weight ${asked}`;
  if (!(affine ? [16, 32, 64, 128] : [16, 32]).includes(group)) return `has groups of ${group} weights ${asked}`;
  if (affine && biases.shape.join() !== scales.shape.join()) {
    return `has biases of shape [${biases.shape}] for scales of [${scales.shape}]`;
  }
  return undefined;
}

function listed(items: readonly string[], between = ", "): string {
  const named = items.slice(0, NAMED).join(between);
  return items.length > NAMED ? `${named}${between}… (${items.length} in all)` : named;
}

export function wrongWeights(message: string, where: string): MdpError {
  return new MdpError({ code: "model-weights", message, where, hint: "download or convert the model again" });
}
