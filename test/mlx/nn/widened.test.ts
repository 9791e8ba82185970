/** Goal: a layer whose weight is packed or of 16 bits computes as one with that weight in float32. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import { embedding, embeddingRows, linear, type Params, WIDENED, widened } from "../../../src/mlx/nn/index.ts";
import { expectNoLeaks } from "../../support/leaks.ts";

const numbers = (count: number, seed: number) => new Float32Array(count).map((_, i) => Math.sin(seed + i * 1.7));
const weightOf = () => mx.fromTypedArray(numbers(40 * 64, 1), [40, 64]);

/** A layer in some form, and the float32 matrix that it stands for. */
const forms: Record<string, () => { params: Params; exact: mx.MlxArray }> = {
  float16: () => {
    const weight = mx.astype(weightOf(), "float16");
    return { params: { weight }, exact: mx.astype(weight, "float32") };
  },
  bfloat16: () => {
    const weight = mx.astype(weightOf(), "bfloat16");
    return { params: { weight }, exact: mx.astype(weight, "float32") };
  },
  "packed by 4 bits": () => {
    const packed = mx.quantize(weightOf(), { bits: 4, groupSize: 32 });
    return {
      params: { weight: packed.weight, scales: packed.scales, biases: packed.biases! },
      exact: mx.dequantize(packed, { bits: 4, groupSize: 32 }),
    };
  },
};

describe.each(Object.keys(forms))("%s", (form) => {
  test("gives float32 numbers, those of the widened matrix", () => {
    mx.tidy(() => {
      const { params, exact } = forms[form]!();
      const wide = widened({ layer: params }).layer as Params;
      const x = mx.fromTypedArray(numbers(3 * 64, 5), [3, 64]);
      const ids = mx.array(
        [
          [3, 39],
          [0, 7],
        ],
        "int32",
      );
      const pairs = [
        [linear(x, wide), linear(x, { weight: exact })],
        [embedding(ids, wide, 64), embedding(ids, { weight: exact }, 64)],
        [embeddingRows(wide, 2, 6, 64), embeddingRows({ weight: exact }, 2, 6, 64)],
      ] as const;
      for (const [narrow, whole] of pairs) {
        expect(narrow.dtype).toBe("float32");
        expect(narrow.shape).toEqual(whole.shape);
        const [a, b] = [narrow.toFloat32(), whole.toFloat32()];
        expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(1e-5);
      }
    });
  });

  test("frees what it widens", () => {
    expectNoLeaks(() => {
      mx.tidy(() => {
        const { params } = forms[form]!();
        linear(mx.fromTypedArray(numbers(64, 2), [1, 64]), widened(params)).eval();
      });
    });
  });
});

test("float32 matrices and vectors of any type stay as they are", () => {
  mx.tidy(() => {
    const norm = mx.astype(mx.fromTypedArray(numbers(8, 1)), "float16");
    const tree = widened({ dense: { weight: weightOf() }, norm: { weight: norm } });
    expect((tree.dense as Params)[WIDENED]).toBeUndefined();
    expect((tree.norm as Params)[WIDENED]).toBeUndefined();
  });
});
