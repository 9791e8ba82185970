/** Goal: large matrices are packed piece by piece, with the same bits and far less memory. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import { type Mode, sizesOf } from "../../../src/models/convert/modes.ts";
import { dequantizeRows, quantizeRows } from "../../../src/models/convert/tensors.ts";
import { expectNoLeaks } from "../../support/leaks.ts";

const bytesOf = (array: mx.MlxArray) => new Uint8Array(array.toBytes());

describe("packing piece by piece", () => {
  // 5 MB, in pieces with a rest; and experts, each larger than a piece.
  const shapes = [
    [20_003, 64],
    [3, 1033, 544],
  ];
  test.each(["affine", "mxfp4", "mxfp8", "nvfp4"] satisfies Mode[])("gives the bits of the whole: %s", (mode) => {
    expectNoLeaks(() => {
      for (const shape of shapes) {
        mx.tidy(() => {
          const sizes = sizesOf(mode, mode === "affine" ? 32 : undefined);
          const weight = mx.random.normal(mx.random.key(3), shape);
          const whole = mx.quantize(weight, sizes);
          const pieces = quantizeRows(weight, sizes);
          expect(Object.keys(pieces)).toEqual(Object.keys(whole));
          for (const part of ["weight", "scales"] as const) {
            expect(pieces[part].shape).toEqual(whole[part].shape);
            expect(Buffer.compare(bytesOf(pieces[part]), bytesOf(whole[part]))).toBe(0);
          }
        });
      }
    });
  });

  test.each(["affine", "mxfp4", "mxfp8", "nvfp4"] satisfies Mode[])("unpacks to the bits of the whole: %s", (mode) => {
    expectNoLeaks(() => {
      for (const shape of shapes) {
        mx.tidy(() => {
          const sizes = sizesOf(mode, mode === "affine" ? 32 : undefined);
          const matrix = mx.quantize(mx.astype(mx.random.normal(mx.random.key(3), shape), "bfloat16"), sizes);
          const pieces = dequantizeRows({ matrix, ...sizes }, shape.at(-1)!);
          expect(pieces.shape).toEqual(shape);
          expect(Buffer.compare(bytesOf(pieces), bytesOf(mx.dequantize(matrix, sizes)))).toBe(0);
        });
      }
    });
  });

  test("unpacks in less than half of the memory", () => {
    const sizes = sizesOf("affine");
    const peakOf = (unpack: (matrix: mx.QuantizedMatrix) => mx.MlxArray) =>
      mx.tidy(() => {
        const matrix = mx.quantize(mx.astype(mx.random.normal(mx.random.key(3), [100_000, 64]), "bfloat16"), sizes);
        mx.evaluate(...Object.values(matrix));
        mx.clearCache();
        mx.resetPeakMemory();
        const before = mx.activeMemory();
        unpack(matrix).eval();
        return mx.peakMemory() - before;
      });
    const whole = peakOf((matrix) => mx.dequantize(matrix, sizes));
    expect(peakOf((matrix) => dequantizeRows({ matrix, ...sizes }, 64))).toBeLessThan(whole / 2);
  });

  test("takes less than a fourth of the memory", () => {
    const peakOf = (pack: typeof quantizeRows) =>
      mx.tidy(() => {
        const weight = mx.random.normal(mx.random.key(3), [100_000, 64]).eval();
        mx.clearCache();
        mx.resetPeakMemory();
        const before = mx.activeMemory();
        const { weight: packed, scales } = pack(weight, sizesOf("mxfp4"));
        packed.eval();
        scales.eval();
        return mx.peakMemory() - before;
      });
    expect(peakOf(quantizeRows)).toBeLessThan(peakOf(mx.quantize) / 4);
  });
});
