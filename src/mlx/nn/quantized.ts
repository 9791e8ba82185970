/** Quantized weights, as a layer's parameters hold them. What they do not say follows from their shapes and types. */
import { assert } from "../../core/errors.ts";
import type { MlxArray } from "../array.ts";
import type { Quantization, QuantizedMatrix } from "../ops.ts";
import { optionalWeightOf, type Params, weightOf } from "./params.ts";

export interface QuantizedWeight extends Required<Quantization> {
  matrix: QuantizedMatrix;
}

/**
 * The quantized weight of a layer whose input `x` has `width` features; undefined when it is a plain one. `weight` is
 * uint32 `[out, width·bits/32]`, `scales` `[out, width/groupSize]`; `biases`, of the same shape, mean the mode `affine`.
 */
export function quantizedOf(params: Params, input: MlxArray | number): QuantizedWeight | undefined {
  const scales = optionalWeightOf(params, "scales");
  if (!scales) return undefined;
  const width = typeof input === "number" ? input : input.shape.at(-1)!;
  const weight = weightOf(params, "weight");
  const biases = optionalWeightOf(params, "biases");
  const bits = (weight.shape.at(-1)! * 32) / width;
  const groupSize = width / scales.shape.at(-1)!;
  assert(Number.isInteger(bits) && Number.isInteger(groupSize), `a weight of [${weight.shape}] for ${width} features`);
  if (biases) return { matrix: { weight, scales, biases }, bits, groupSize, mode: "affine" };
  const mode = groupSize === 16 ? "nvfp4" : bits === 8 ? "mxfp8" : "mxfp4";
  return { matrix: { weight, scales }, bits, groupSize, mode };
}
