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

/** Numbers of a layer that are compared at once. */
const PIECE_NUMBERS = 2 ** 17;

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
      const rowNumbers = shape.slice(1).reduce((product, n) => product * n, 1);
      const step = Math.max(1, Math.floor(PIECE_NUMBERS / rowNumbers));
      for (let row = 0; row < shape[0]!; row += step) {
        const range = [row, Math.min(shape[0]!, row + step)] as const;
        const [change, error, along] = mx.tidy(() => layerSums(rowsOf(layer, range), shape.at(-1)!));
        sums.change += change;
        sums.error += error;
        sums.along += along;
      }
      mx.disposeAll(layer);
      mx.clearCache();
    }
  } finally {
    mx.disposeAll(params);
  }
  if (layers === 0) return undefined;
  if (sums.change === 0) return { layers, kept: 1, error: 0 };
  return { layers, kept: sums.along / sums.change, error: Math.sqrt(sums.error / sums.change) };
}

/** A layer of these rows alone, without its bias. */
function rowsOf(layer: Params, range: readonly [from: number, to: number]): Params {
  const adapter = layer[ADAPTER]!;
  const rows = (array: mx.MlxArray) => mx.slice(array, [range]);
  const columns = (array: mx.MlxArray) => mx.slice(array, [null, range]);
  const { lora_a: a, lora_b: b, bias: _, ...others } = layer as Record<string, mx.MlxArray>;
  const pair = adapter.embedding
    ? { lora_a: rows(a!), lora_b: b! }
    : a!.ndim === 3
      ? { lora_a: rows(a!), lora_b: rows(b!) }
      : { lora_a: a!, lora_b: columns(b!) };
  const own = Object.entries(others).map(([name, array]) => [name, rows(array)]);
  return { ...Object.fromEntries(own), ...pair, [ADAPTER]: adapter };
}

/** Sums of squares of the change and of the error, and the product of the change with what is left of it. */
function layerSums(layer: Params, width: number): [change: number, error: number, along: number] {
  const float = (array: mx.MlxArray) => mx.astype(array, "float32");
  const before = float(plainWeight(layer, width));
  const exact = float(plainWeight(fuseParams(layer, { dequantize: true }), width));
  const again = float(plainWeight(fuseParams(layer), width));
  const change = mx.subtract(exact, before);
  // Row by row: one float32 loses what it cannot hold beside millions of others.
  const total = (a: mx.MlxArray, b: mx.MlxArray) =>
    mx
      .sum(mx.multiply(a, b), -1)
      .toFloat32()
      .reduce((sum, row) => sum + row, 0);
  const error = mx.subtract(again, exact);
  return [total(change, change), total(error, error), total(change, mx.subtract(again, before))];
}
