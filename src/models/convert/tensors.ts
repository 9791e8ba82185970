/** The tensors of the converted model as MLX computations that nothing has run yet; in the order of the model. */
import type { DType, MlxArray, Shape } from "../../mlx/index.ts";
import * as mx from "../../mlx/index.ts";
import { quantizedOf } from "../../mlx/nn/index.ts";
import type { Weights } from "../model.ts";
import type { ModeSizes } from "./modes.ts";

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
      return Object.entries(mx.quantize(array, sizes)).map(([part, packed]) => [`${path}.${part}`, packed]);
    }),
  );
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
      const quantized = quantizedOf(own, shapes[name]!.at(-1)!)!;
      plain.set(name, mx.dequantize(quantized.matrix, quantized));
    }
  }
  return plain;
}
