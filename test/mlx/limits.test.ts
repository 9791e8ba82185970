/** Goal: calls that end the process inside MLX are answered here. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../src/mlx/index.ts";

describe("arrays without elements", () => {
  const shapes = [[0], [0, 3], [3, 0], [2, 0, 4]];
  const scans = {
    sort: mx.sort,
    argsort: mx.argsort,
    cumsum: mx.cumsum,
    cumprod: mx.cumprod,
    cummax: mx.cummax,
    cummin: mx.cummin,
    logcumsumexp: mx.logcumsumexp,
  };
  for (const [name, run] of Object.entries(scans)) {
    test(`${name} gives none`, () => {
      mx.tidy(() => {
        for (const shape of shapes) {
          for (const axis of [0, -1]) {
            const result = run(mx.zeros(shape), axis);
            expect(result.shape).toEqual(shape);
            expect(result.toTypedArray().length).toBe(0);
          }
        }
        expect(mx.argsort(mx.zeros([0])).dtype).toBe("uint32");
        expect(mx.cumsum(mx.zeros([0], "bool"), 0).dtype).toBe("int32");
        expect(() => run(mx.zeros([0, 3]), 5)).toThrow(mx.MlxError);
      });
    });
  }

  test("sizes that cannot be told, heads and groups that are none, are errors", () => {
    mx.tidy(() => {
      expect(() => mx.unflatten(mx.zeros([0]), 0, [-1, 0])).toThrow(/^unflatten: /);
      expect(() => mx.conv1d(mx.zeros([1, 5, 3]), mx.zeros([2, 3, 3]), { groups: 0 })).toThrow(/^conv1d: /);
      expect(() => mx.quantize(mx.ones([4, 64]), { groupSize: 0 })).toThrow(/^quantize: /);
      const none = mx.zeros([1, 0, 3, 8]);
      const attend = () => mx.fast.scaledDotProductAttention(mx.zeros([1, 2, 3, 8]), none, none, { scale: 1 });
      expect(attend).toThrow("the keys have no heads");
    });
  });
});

describe("whole numbers", () => {
  for (const dtype of ["int8", "int32", "int64", "uint8", "uint32"] as const) {
    test(`${dtype} divided by 0 and by −1 give what NumPy gives`, () => {
      mx.tidy(() => {
        const isSigned = dtype.startsWith("int");
        const a = mx.array(isSigned ? [7, -7, 5, -6] : [7, 9, 5, 6], dtype);
        const b = mx.array(isSigned ? [0, 0, -1, 4] : [0, 0, 255, 4], dtype);
        const [quotient, rest] = mx.divmod(a, b);
        const expected = isSigned
          ? [
              [0, 0, -5, -2],
              [0, 0, 0, 2],
            ]
          : [
              [0, 0, 0, 1],
              [0, 0, 5, 2],
            ];
        expect([quotient, rest].map((one) => Array.from(one.toTypedArray() as Int32Array, Number))).toEqual(expected);
        expect([quotient.dtype, rest.dtype]).toEqual([dtype, dtype]);
        expect(mx.floorDivide(a, 0).toFloat32()).toEqual(new Float32Array(4));
        expect(Number(mx.remainder(7, mx.array([0], dtype)).item())).toBe(0);
      });
    });
  }

  test("the lowest number divided by −1 wraps around", () => {
    mx.tidy(() => {
      expect(mx.floorDivide(mx.array([-2147483648], "int32"), -1).item()).toBe(-2147483648);
      expect(mx.remainder(mx.array([-2147483648], "int32"), mx.array([-1])).item()).toBe(0);
    });
  });

  test("of mixed widths divide in the wider type", () => {
    mx.tidy(() => {
      const quotient = mx.floorDivide(mx.array([-128], "int8"), mx.array([-1, 0, 5], "int32"));
      expect([quotient.dtype, quotient.tolist()]).toEqual(["int32", [128, 0, -26]]);
    });
  });
});
