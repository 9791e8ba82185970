/** The tensors of the converted model as MLX computations that nothing has run yet; in the order of the model. */
import type { DType, MlxArray, QuantizedMatrix, Shape } from "../../mlx/index.ts";
import * as mx from "../../mlx/index.ts";
import { quantizedOf } from "../../mlx/nn/index.ts";
import type { Weights } from "../model.ts";
import type { ModeSizes } from "./modes.ts";

/** A matrix is packed in pieces of about this many bytes. */
const PIECE_BYTES = 2 * 2 ** 20;

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

/** Rows are packed each by itself, so pieces give the same bits as the whole, in less memory. */
export function quantizeRows(array: MlxArray, sizes: ModeSizes): QuantizedMatrix {
  const rows = array.shape[0]!;
  const step = Math.max(1, Math.floor(PIECE_BYTES / (array.nbytes / rows)));
  // MLX has a kernel of its own for `affine` only; for other modes each step of the arithmetic makes a whole array.
  if (sizes.mode === "affine" || step >= rows) return mx.quantize(array, sizes);
  const pieces: QuantizedMatrix[] = [];
  for (let row = 0; row < rows; row += step) {
    const before = pieces.at(-1);
    // Or MLX would begin with all pieces together.
    const source = before ? mx.depends(array, [before.weight, before.scales]) : array;
    pieces.push(mx.quantize(mx.slice(source, [[row, Math.min(rows, row + step)]]), sizes));
  }
  const [weight, scales] = (["weight", "scales"] as const).map((part) =>
    mx.concatenate(pieces.map((one) => one[part])),
  );
  return { weight: weight!, scales: scales! };
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
