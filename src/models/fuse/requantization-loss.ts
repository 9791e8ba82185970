/** How much of an adapter's change is left when the changed layers are quantized again. */
import * as mx from "../../mlx/index.ts";
import { ADAPTER, at, optionalWeightOf, type Params, plainWeight } from "../../mlx/nn/index.ts";
import { fuseParams } from "../adapters/fuse.ts";
import type { Decoder } from "../decoder.ts";

export interface RequantizationLoss {
  /** Layers that have an adapter and are quantized. */
  layers: number;
  /** The part of the change that is left: its share along its own direction, 1 where nothing is lost. */
  kept: number;
  /** Norm of what quantizing again adds, divided by the norm of the change. */
  error: number;
}

/**
 * Over all changed layers that are quantized; undefined where there are none. Frees the layers it has seen.
 * @param params a model with its adapter
 */
export function requantizationLoss(params: Params, decoder: Pick<Decoder, "shapes">): RequantizationLoss | undefined {
  let layers = 0;
  const sums = { change: 0, error: 0, along: 0 };
  try {
    for (const [name, shape] of Object.entries(decoder.shapes())) {
      if (!name.endsWith(".weight")) continue;
      const layer = at(params, name.slice(0, -".weight".length));
      if (!layer[ADAPTER] || !optionalWeightOf(layer, "scales")) continue;
      layers++;
      const [change, error, along] = mx.tidy(() => layerSums(layer, shape.at(-1)!));
      sums.change += change;
      sums.error += error;
      sums.along += along;
      mx.disposeAll(layer);
    }
  } finally {
    mx.disposeAll(params);
  }
  if (layers === 0) return undefined;
  if (sums.change === 0) return { layers, kept: 1, error: 0 };
  return { layers, kept: sums.along / sums.change, error: Math.sqrt(sums.error / sums.change) };
}

/** Sums of squares of the change and of the error, and the product of the change with what is left of it. */
function layerSums(layer: Params, width: number): [change: number, error: number, along: number] {
  const float = (array: mx.MlxArray) => mx.astype(array, "float32");
  const before = float(plainWeight(layer, width));
  const exact = float(plainWeight(fuseParams(layer, { dequantize: true }), width));
  const again = float(plainWeight(fuseParams(layer), width));
  const change = mx.subtract(exact, before);
  const total = (a: mx.MlxArray, b: mx.MlxArray) => Number(mx.sum(mx.multiply(a, b)).item());
  const error = mx.subtract(again, exact);
  return [total(change, change), total(error, error), total(change, mx.subtract(again, before))];
}
