/** Goal: layers of many rows are fused piece by piece, with the same bits and far less memory. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import { ADAPTER, norm, type Params } from "../../../src/mlx/nn/index.ts";
import { fuseParams } from "../../../src/models/adapters/fuse.ts";
import { type Mode, sizesOf } from "../../../src/models/convert/modes.ts";
import { requantizationLoss } from "../../../src/models/fuse/requantization-loss.ts";
import { expectNoLeaks } from "../../support/leaks.ts";

const SCALE = 1.5;
const bytesOf = (array: mx.MlxArray) => new Uint8Array(array.toBytes());
const random = (seed: number, shape: number[]) => mx.random.normal(mx.random.key(seed), shape);

/** mlx-lm's arithmetic on the whole layer. */
function whole(layer: Record<string, mx.MlxArray>, sizes: ReturnType<typeof sizesOf>, dequantize: boolean): Params {
  const { lora_a: a, lora_b: b, m, ...matrix } = layer;
  const weight = mx.dequantize(matrix as never, sizes);
  const change =
    a!.ndim === 3
      ? mx.matmul(mx.multiply(b!, SCALE), a!)
      : mx.matmul(mx.multiply(mx.transpose(b!), SCALE), mx.transpose(a!));
  const changed = mx.add(weight, mx.astype(change, weight.dtype));
  const fused = m ? mx.multiply(mx.expandDims(mx.divide(m, norm(changed, 1)), 1), changed) : changed;
  return dequantize ? { weight: fused } : { ...mx.quantize(fused, sizes) };
}

/** A packed layer with its pair; several pieces and a rest. */
function layerOf(kind: "lora" | "dora" | "experts", sizes: ReturnType<typeof sizesOf>, rows = 6001) {
  const [shape, a, b] =
    kind === "experts"
      ? [
          [5, 1031, 192],
          [5, 4, 192],
          [5, 1031, 4],
        ]
      : [
          [rows, 192],
          [192, 4],
          [4, rows],
        ];
  const packed = mx.quantize(mx.astype(random(1, shape!), "bfloat16"), sizes);
  const pair = { lora_a: random(2, a!), lora_b: random(3, b!) };
  return { ...packed, ...pair, ...(kind === "dora" ? { m: mx.abs(random(4, [rows])) } : {}) };
}

const withPair = (layer: object): Params => ({ ...layer, [ADAPTER]: { scale: SCALE, embedding: false } });

describe("a large layer", () => {
  const modes: Mode[] = ["affine", "mxfp4", "mxfp8", "nvfp4"];
  const kinds = ["lora", "dora", "experts"] as const;
  test.each(modes.flatMap((mode) => kinds.map((kind) => [mode, kind] as const)))(
    "has the bits of one that is fused as a whole: %s, %s",
    (mode, kind) => {
      const sizes = sizesOf(mode);
      expectNoLeaks(() => {
        for (const dequantize of [false, true]) {
          mx.tidy(() => {
            const layer = layerOf(kind, sizes);
            const expected = whole(layer as never, sizes, dequantize) as Record<string, mx.MlxArray>;
            const found = fuseParams(withPair(layer), { dequantize }) as Record<string, mx.MlxArray>;
            expect(Object.keys(found)).toEqual(Object.keys(expected));
            for (const [name, array] of Object.entries(expected)) {
              expect(found[name]!.shape).toEqual(array.shape);
              expect(found[name]!.dtype).toBe(array.dtype);
              expect(Buffer.compare(bytesOf(found[name]!), bytesOf(array))).toBe(0);
            }
          });
        }
      });
    },
  );

  test.each(["mxfp4", "nvfp4"] satisfies Mode[])("takes less than a third of the memory: %s", (mode) => {
    const sizes = sizesOf(mode);
    const peakOf = (fuse: (layer: ReturnType<typeof layerOf>) => Params) =>
      mx.tidy(() => {
        const layer = layerOf("lora", sizes, 30_000);
        mx.evaluate(...Object.values(layer));
        mx.clearCache();
        mx.resetPeakMemory();
        const before = mx.activeMemory();
        mx.evaluate(...Object.values(fuse(layer) as Record<string, mx.MlxArray>));
        return mx.peakMemory() - before;
      });
    const pieces = peakOf((layer) => fuseParams(withPair(layer)));
    expect(pieces).toBeLessThan(peakOf((layer) => whole(layer as never, sizes, false)) / 3);
  });
});

describe("what quantizing a large layer again loses", () => {
  test.each(["lora", "dora", "experts"] as const)("is the sum over all its numbers in float64: %s", (kind) => {
    const sizes = sizesOf("affine");
    const layer = mx.keep(mx.tidy(() => layerOf(kind, sizes)));
    const [sums, shape] = mx.tidy(() => {
      const plain = (params: Params) => mx.dequantize(params as never, sizes).toFloat32();
      const { weight, scales, biases } = layer as unknown as Record<string, mx.MlxArray>;
      const base = mx.dequantize({ weight: weight!, scales: scales!, biases: biases! }, sizes);
      const before = base.toFloat32();
      const exact = (whole(layer as never, sizes, true).weight as mx.MlxArray).toFloat32();
      const again = plain(whole(layer as never, sizes, false));
      const found = { change: 0, error: 0, along: 0 };
      for (const [i, value] of exact.entries()) {
        const change = value - before[i]!;
        found.change += change ** 2;
        found.error += (again[i]! - value) ** 2;
        found.along += change * (again[i]! - before[i]!);
      }
      return [found, base.shape] as const;
    });
    mx.clearCache();
    mx.resetPeakMemory();
    const start = mx.activeMemory();
    const loss = requantizationLoss({ layer: withPair(layer) }, { shapes: () => ({ "layer.weight": shape }) })!;
    const numbers = shape.reduce((product, n) => product * n, 1);
    expect(mx.peakMemory() - start).toBeLessThan(numbers * 16);
    expect(loss.layers).toBe(1);
    expect(Math.abs(loss.kept / (sums.along / sums.change) - 1)).toBeLessThan(1e-4);
    expect(Math.abs(loss.error / Math.sqrt(sums.error / sums.change) - 1)).toBeLessThan(1e-4);
  });
});
