/** Goal: each layer equals its definition, written out over plain numbers. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import * as nn from "../../../src/mlx/nn/index.ts";
import { expectNoLeaks } from "../../support/leaks.ts";

const values = (count: number, seed: number) => new Float32Array(count).map((_, i) => Math.sin(seed + i * 1.7));
const run = (make: () => mx.MlxArray) => mx.tidy(() => Array.from(make().toFloat32()));
const close = (actual: number[], expected: number[], digits = 5) => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, digits);
  });
};

describe("linear", () => {
  test("is x Wᵀ, plus b where there is one", () => {
    const weight = () =>
      mx.array(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        "float32",
      );
    const x = () => mx.array([[1, -1]], "float32");
    close(
      run(() => nn.linear(x(), { weight: weight() })),
      [-1, -1, -1],
    );
    close(
      run(() => nn.linear(x(), { weight: weight(), bias: mx.array([1, 2, 3], "float32") })),
      [0, 1, 2],
    );
  });
});

describe("attention", () => {
  const [batch, length, heads, size] = [2, 5, 3, 4];
  const width = heads * size;
  const [q, k, v] = [1, 2, 3].map((seed) => values(batch * length * width, seed)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];

  function expected(visible: (b: number, j: number) => boolean): number[] {
    const out = new Array<number>(batch * length * width).fill(0);
    const at = (b: number, i: number, h: number, d: number) => (b * length + i) * width + h * size + d;
    for (let b = 0; b < batch; b++)
      for (let h = 0; h < heads; h++)
        for (let i = 0; i < length; i++) {
          const weights = Array.from({ length }, (_, j) => {
            let score = 0;
            for (let d = 0; d < size; d++) score += q[at(b, i, h, d)]! * k[at(b, j, h, d)]!;
            return visible(b, j) ? Math.exp(score / Math.sqrt(size)) : 0;
          });
          const total = weights.reduce((sum, w) => sum + w, 0);
          for (let j = 0; j < length; j++)
            for (let d = 0; d < size; d++) out[at(b, i, h, d)]! += (weights[j]! / total) * v[at(b, j, h, d)]!;
        }
    return out;
  }

  const attend = (scale = 1, mask?: number[][]) =>
    run(() => {
      const input = (data: Float32Array) => mx.fromTypedArray(new Float32Array(data), [batch, length, width]);
      return nn.multiHeadAttention({
        queries: mx.multiply(input(q), scale),
        keys: input(k),
        values: input(v),
        heads,
        mask: mask && mx.reshape(mx.array(mask, "float32"), [batch, 1, 1, length]),
      });
    });

  test("is the softmax of scaled products over the values, head by head", () => {
    close(
      attend(),
      expected(() => true),
    );
  });

  test("does not see what the mask hides", () => {
    const mask = Array.from({ length: batch }, (_, b) => Array.from({ length }, (_, j) => (j > b + 1 ? nn.HIDDEN : 0)));
    close(
      attend(1, mask),
      expected((b, j) => j <= b + 1),
    );
  });

  test("stays finite when scores are far apart", () => {
    expect(attend(1e6).every(Number.isFinite)).toBe(true);
  });

  test("frees what it makes", () => {
    expectNoLeaks(() => attend());
  });
});

describe("pooling", () => {
  const hidden = () =>
    mx.array(
      [
        [
          [1, 10],
          [3, 20],
          [99, -99],
        ],
        [
          [-1, -2],
          [-3, -4],
          [-5, -6],
        ],
      ],
      "float32",
    );
  const mask = () =>
    mx.array(
      [
        [1, 1, 0],
        [1, 1, 1],
      ],
      "float32",
    );

  test.each([
    ["mean", [2, 15, -3, -4]],
    ["cls", [1, 10, -1, -2]],
    ["max", [3, 20, -1, -2]],
  ] as const)("%s leaves padding out", (pooling, expected) => {
    close(
      run(() => nn.pool(hidden(), mask(), pooling)),
      [...expected],
    );
  });

  test("rows get length 1, zeros stay zeros", () => {
    close(
      run(() =>
        nn.normalizeRows(
          mx.array(
            [
              [3, 4],
              [0, 0],
            ],
            "float32",
          ),
        ),
      ),
      [0.6, 0.8, 0, 0],
    );
  });
});

describe("parameters", () => {
  test("are a tree of their dotted names", () => {
    mx.tidy(() => {
      const weight = mx.array([1], "float32");
      const params = nn.unflattenParams([["a.0.weight", weight]]);
      expect(nn.weightOf(nn.at(params, "a.0"), "weight")).toBe(weight);
      expect(() => nn.at(params, "a.1")).toThrow("a.1");
      expect(() => nn.weightOf(nn.at(params, "a.0"), "bias")).toThrow("bias");
      expect(nn.optionalWeightOf(nn.at(params, "a.0"), "bias")).toBeUndefined();
    });
  });
});
