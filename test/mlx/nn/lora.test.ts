/** Goal: low-rank pairs and dropout equal their definitions, written out over plain numbers. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import * as nn from "../../../src/mlx/nn/index.ts";
import { expectNoLeaks } from "../../support/leaks.ts";

const [out, into, rank, scale] = [3, 4, 2, 1.5];
const matrix = (rows: number, columns: number, seed: number) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => Math.sin(seed + i * 2.1 + j * 1.3)));
const weight = matrix(out, into, 1);
const bias = [0.5, -0.25, 2];
const m = [1.5, 0.5, 2];
const rows = matrix(2, into, 7);
type Matrix = readonly (readonly number[])[];
const product = (a: Matrix, b: Matrix) =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
const plus = (a: Matrix, b: Matrix, factor = 1) => a.map((row, i) => row.map((value, j) => value + factor * b[i]![j]!));
const transposed = (a: Matrix) => a[0]!.map((_, j) => a.map((row) => row[j]!));
const lengths = (a: Matrix) => a.map((row) => Math.hypot(...row));
const array = (values: Matrix | readonly number[]) => mx.array(values as number[][], "float32");

function close(actual: mx.MlxArray, expected: Matrix): void {
  const flat = expected.flat();
  expect(actual.shape).toEqual([expected.length, expected[0]!.length]);
  actual.toFloat32().forEach((value, i) => {
    expect(value).toBeCloseTo(flat[i]!, 5);
  });
}
const inside = (work: () => void) => expectNoLeaks(() => mx.tidy(work));

describe("a linear layer", () => {
  const [a, b] = [matrix(into, rank, 3), matrix(rank, out, 5)];
  const changed = plus(weight, transposed(product(a, b)), scale);
  const params = (extra: nn.Params = {}) => ({
    weight: array(weight),
    bias: array(bias),
    lora_a: array(a),
    lora_b: array(b),
    ...extra,
    [nn.ADAPTER]: { scale },
  });

  test("with a pair is the layer whose weight has scale·Bᵀ Aᵀ added", () =>
    inside(() => {
      const expected = product(rows, transposed(changed)).map((row) => row.map((value, i) => value + bias[i]!));
      close(nn.linear(array(rows), params()), expected);
    }));

  test("with DoRA has rows of the length m, and its bias is not scaled", () =>
    inside(() => {
      const sizes = lengths(changed);
      const scaled = changed.map((row, i) => row.map((value) => (value * m[i]!) / sizes[i]!));
      const expected = product(rows, transposed(scaled)).map((row) => row.map((value, i) => value + bias[i]!));
      close(nn.linear(array(rows), params({ m: array(m) })), expected);
    }));

  test("puts dropout before the pair only", () =>
    inside(() => {
      const none = { ...params(), [nn.ADAPTER]: { scale, dropout: (x: mx.MlxArray) => mx.zerosLike(x) } };
      const plain = { weight: array(weight), bias: array(bias) };
      expect(nn.linear(array(rows), none).tolist()).toEqual(nn.linear(array(rows), plain).tolist());
    }));
});

describe("an embedding", () => {
  const [a, b] = [matrix(out, rank, 3), matrix(rank, into, 5)];
  const changed = plus(weight, product(a, b), scale);
  const ids = [2, 0, 2];
  const params = (extra: nn.Params = {}) => ({
    weight: array(weight),
    lora_a: array(a),
    lora_b: array(b),
    ...extra,
    [nn.ADAPTER]: { scale, embedding: true },
  });

  test("with a pair has scale·A B added to its table, also where it serves as a head", () =>
    inside(() => {
      close(
        nn.embedding(mx.array(ids, "int32"), params()),
        ids.map((id) => changed[id]!),
      );
      close(nn.linear(array(rows), params()), product(rows, transposed(changed)));
    }));

  test("with DoRA has rows of the length m, also where it serves as a head", () =>
    inside(() => {
      const sizes = lengths(changed);
      const scaled = changed.map((row, i) => row.map((value) => (value * m[i]!) / sizes[i]!));
      close(
        nn.embedding(mx.array(ids, "int32"), params({ m: array(m) })),
        ids.map((id) => scaled[id]!),
      );
      close(nn.linear(array(rows), params({ m: array(m) })), product(rows, transposed(scaled)));
    }));
});

describe("dropout", () => {
  test("keeps values scaled up, and sets about the wanted share to zero", () =>
    inside(() => {
      using keys = new nn.KeySequence(3);
      const values = nn.dropout(0.25, keys)!(mx.full([100, 100], 3)).toFloat32();
      const dropped = values.filter((value) => value === 0).length;
      expect(new Set(values)).toEqual(new Set([0, 4]));
      expect(dropped / values.length).toBeCloseTo(0.25, 1);
    }));

  test("draws one key for each call, and none where nothing is dropped", () =>
    inside(() => {
      using keys = new nn.KeySequence(3);
      using twin = new nn.KeySequence(3);
      expect(nn.dropout(0, keys)).toBeUndefined();
      const drop = nn.dropout(0.5, keys)!;
      const [first, second] = [drop(mx.ones([64])).tolist(), drop(mx.ones([64])).tolist()];
      expect(first).not.toEqual(second);
      twin.next();
      expect(nn.dropout(0.5, twin)!(mx.ones([64])).tolist()).toEqual(second);
    }));

  test("keeps the element type", () =>
    inside(() => {
      using keys = new nn.KeySequence(3);
      expect(nn.dropout(0.5, keys)!(mx.ones([4], "bfloat16")).dtype).toBe("bfloat16");
    }));
});
