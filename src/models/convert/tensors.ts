/** The tensors of the converted model as MLX computations that nothing has run yet; in the order of the model. */
import type { DType, MlxArray, QuantizedMatrix, Shape } from "../../mlx/index.ts";
import * as mx from "../../mlx/index.ts";
import { type QuantizedWeight, quantizedOf } from "../../mlx/nn/index.ts";
import type { Weights } from "../model.ts";
import type { ModeSizes } from "./modes.ts";
import { inRowPieces } from "./row-pieces.ts";

type Shapes = Readonly<Record<string, Shape>>;

/** Every layer that has `scales` beside its weight. */
export function quantizedLayers(weights: Weights): Set<string> {
  const suffix = ".scales";
  return new Set(
    [...weights.keys()].filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length)),
  );
}

/** Floats in another type; what is packed stays, its scales and biases change with the rest where they are floats. */
export function castWeights(weights: Weights, dtype: DType): Weights {
  const isFloat = (array: MlxArray) => ["float16", "bfloat16", "float32"].includes(array.dtype);
  return new Map([...weights].map(([name, array]) => [name, isFloat(array) ? mx.astype(array, dtype) : array]));
}

/** @param layers which layers are packed, and how */
export function quantizeWeights(weights: Weights, layers: ReadonlyMap<string, ModeSizes>): Weights {
  return new Map(
    [...weights].flatMap(([name, array]): [string, MlxArray][] => {
      const path = name.endsWith(".weight") ? name.slice(0, -".weight".length) : name;
      const sizes = layers.get(path);
      if (!sizes || path === name) return [[name, array]];
      return Object.entries(quantizeRows(array, sizes)).map(([part, packed]) => [`${path}.${part}`, packed]);
    }),
  );
}

/** As `mx.quantize`, in less memory. */
export function quantizeRows(array: MlxArray, sizes: ModeSizes): QuantizedMatrix {
  // MLX has a kernel of its own for `affine` only; for other modes each step of the arithmetic makes a whole array.
  if (sizes.mode === "affine") return mx.quantize(array, sizes);
  const rows = array.shape[0]!;
  return inRowPieces(rows, array.nbytes / rows, (take) => mx.quantize(take(array), sizes));
}

/** As `mx.dequantize`, in less memory: on a CPU each step of its arithmetic makes a whole array of float32. */
export function dequantizeRows({ matrix, ...sizes }: QuantizedWeight, width: number): MlxArray {
  const { weight, scales, biases } = matrix;
  const [rows, ...inner] = weight.shape.slice(0, -1) as [number, ...number[]];
  const rowBytes = 4 * inner.reduce((product, n) => product * n, width);
  return inRowPieces(rows, rowBytes, (take) => ({
    plain: mx.dequantize(
      { weight: take(weight), scales: take(scales), ...(biases ? { biases: take(biases) } : {}) },
      sizes,
    ),
  })).plain;
}

/** @param shapes of the weights once they are plain */
export function dequantizeWeights(weights: Weights, shapes: Shapes): Weights {
  const packed = quantizedLayers(weights);
  const plain: Weights = new Map();
  for (const [name, array] of weights) {
    const [, path, part] = /^(.*)\.([^.]+)$/.exec(name) ?? ["", name, ""];
    if (!packed.has(path!)) plain.set(name, array);
    else if (part === "bias") plain.set(name, array);
    else if (part === "weight") {
      const own = Object.fromEntries(
        ["weight", "scales", "biases"].flatMap((key) => {
          const found = weights.get(`${path}.${key}`);
          return found ? [[key, found]] : [];
        }),
      );
      const width = shapes[name]!.at(-1)!;
      plain.set(name, dequantizeRows(quantizedOf(own, width)!, width));
    }
  }
  return plain;
}
