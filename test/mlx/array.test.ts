/** Goal: what goes into an array comes out of it, in every type, shape and layout. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as mx from "../../src/mlx/index.ts";
import { expectNoLeaks } from "../support/leaks.ts";

const { array, fromTypedArray } = mx;

describe("element types", () => {
  test("have the codes and sizes of mlx_dtype", () => {
    const header = readFileSync(join(dirname(dirname(mx.library().path)), "include/mlx/c/array.h"), "utf8");
    const members = /typedef enum mlx_dtype_ \{([^}]*)\}/.exec(header)![1]!.match(/MLX_\w+/g)!;
    const names = members.map((name) => name.slice(4).toLowerCase() as mx.DType);
    expect(names).toHaveLength(14);
    for (const name of names) {
      using one = mx.zeros([3], name);
      expect(one.dtype).toBe(name);
      expect(one.nbytes).toBe(3 * mx.itemSize(name));
      expect(mx.library().symbols.mlx_dtype_size(names.indexOf(name))).toBe(BigInt(mx.itemSize(name)));
    }
  });

  test("an unknown one is named, with those that exist", () => {
    expect(() => mx.zeros([1], "float8" as mx.DType)).toThrow(/"float8" is not an element type; known: bool, /);
  });
});

describe("typed arrays", () => {
  const samples: mx.TypedArray[] = [
    new Float32Array([1.5, -0, Number.NaN, Infinity, 3.4e38, 1e-45]),
    new Float64Array([Math.PI, -1e300]),
    new Float16Array([1.5, -65504, 6e-8, Number.NaN]),
    new Int8Array([-128, 127]),
    new Uint8Array([0, 255]),
    new Int16Array([-32768, 32767]),
    new Uint16Array([0, 65535]),
    new Int32Array([-2147483648, 2147483647]),
    new Uint32Array([0, 4294967295]),
    new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n]),
    new BigUint64Array([0n, 2n ** 64n - 1n]),
    new Float32Array(0),
  ];
  for (const sample of samples) {
    test(`${sample.constructor.name} of ${sample.length} comes back bit by bit`, () => {
      using one = fromTypedArray(sample);
      expect(one.shape).toEqual([sample.length]);
      const back = one.toTypedArray();
      expect(back.constructor).toBe(sample.constructor);
      expect(new Uint8Array(back.buffer)).toEqual(new Uint8Array(sample.buffer));
    });
  }

  test("a view into a larger buffer gives its own part", () => {
    using one = fromTypedArray(new Float32Array([1, 2, 3, 4]).subarray(1, 3));
    expect(one.tolist()).toEqual([2, 3]);
  });

  test("are copied in and out", () => {
    const data = new Int32Array([1, 2]);
    using one = fromTypedArray(data);
    data[0] = 9;
    const out = one.toTypedArray();
    out[0] = 8;
    expect(one.tolist()).toEqual([1, 2]);
  });

  test("that do not fit their shape are refused", () => {
    expect(() => fromTypedArray(new Float32Array(3), [2, 2])).toThrow(
      "array: shape [2,2] of float32 takes 16 bytes, the data has 12",
    );
  });
});

describe("16-bit floats", () => {
  const values = [0, -0, 1, -1.5, 1 / 3, 65504, 1e-8, 3.0e38, Infinity, -Infinity, Number.NaN];

  test("float16 is rounded as JavaScript rounds it", () => {
    using one = array(values, "float16");
    expect(Array.from(one.toTypedArray() as Float16Array)).toEqual(Array.from(new Float16Array(values)));
    expect(Array.from(one.toFloat32())).toEqual(Array.from(new Float16Array(values)));
  });

  test("bfloat16 is rounded as MLX rounds it, and read back exactly", () => {
    mx.tidy(() => {
      const ties = Array.from({ length: 512 }, (_, i) => 1 + i / 512);
      const all = [...values, ...ties, ...ties.map((x) => -x * 1e-30)];
      const here = array(all, "bfloat16");
      const there = mx.astype(array(all, "float32"), "bfloat16");
      expect(new Uint16Array(here.toBytes())).toEqual(new Uint16Array(there.toBytes()));
      const widened = Array.from(mx.astype(there, "float32").toFloat32());
      expect(Array.from(here.toTypedArray() as Float32Array)).toEqual(widened);
      expect(Array.from(here.toFloat32())).toEqual(widened);
    });
  });

  test("bits can be given as they are", () => {
    using one = fromTypedArray(new Uint16Array([0x3f80, 0xc040]), [2], "bfloat16");
    expect(one.tolist()).toEqual([1, -3]);
  });

  test("come back right from transposed and sliced arrays", () => {
    mx.tidy(() => {
      for (const dtype of ["float16", "bfloat16"] as const) {
        const matrix = array(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          dtype,
        );
        expect(mx.transpose(matrix).tolist()).toEqual([
          [1, 4],
          [2, 5],
          [3, 6],
        ]);
        expect(mx.slice(matrix, [null, [null, null, -2]]).tolist()).toEqual([
          [3, 1],
          [6, 4],
        ]);
      }
    });
  });
});

describe("reading", () => {
  test("gives row-major order whatever the strides are", () => {
    mx.tidy(() => {
      const a = mx.reshape(mx.arange(0, 24), [2, 3, 4]);
      expect(mx.transpose(a, [2, 0, 1]).toTypedArray().slice(0, 6)).toEqual(new Int32Array([0, 4, 8, 12, 16, 20]));
      expect(
        mx
          .slice(a, [
            [1, 2],
            [0, 2],
            [1, 3],
          ])
          .tolist(),
      ).toEqual([
        [
          [13, 14],
          [17, 18],
        ],
      ]);
      expect(mx.slice(a, [null, [1, 2], [1, 2]]).tolist()).toEqual([[[5]], [[17]]]);
      expect(mx.slice(a, [[1, 2]]).tolist()).toEqual([
        [
          [12, 13, 14, 15],
          [16, 17, 18, 19],
          [20, 21, 22, 23],
        ],
      ]);
      expect(mx.broadcastTo(array([7]), [2, 2]).tolist()).toEqual([
        [7, 7],
        [7, 7],
      ]);
      expect(mx.flip(a, 0).toTypedArray()[0]).toBe(12);
    });
  });

  test("takes shapes of no axis and of no element", () => {
    mx.tidy(() => {
      expect(array(5).shape).toEqual([]);
      expect(array(5).tolist()).toBe(5);
      expect(mx.zeros([0]).tolist()).toEqual([]);
      expect(mx.zeros([2, 0]).tolist()).toEqual([[], []]);
      expect(mx.zeros([0, 3]).toFloat32()).toEqual(new Float32Array(0));
    });
  });

  test("item gives the one element as JavaScript has it", () => {
    mx.tidy(() => {
      expect(array([[2.5]]).item()).toBe(2.5);
      expect(array(true).item()).toBe(true);
      expect(array(7n).item()).toBe(7n);
      expect(array(1.5, "bfloat16").item()).toBe(1.5);
      expect(() => array([1, 2]).item()).toThrow("item: the array has 2 elements, not one");
    });
  });

  test("complex numbers come as pairs", () => {
    using one = fromTypedArray(new Float32Array([1, 2, 3, 4]), [2], "complex64");
    expect(one.tolist()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("toString is MLX's own", () => {
    using one = array([1, 2]);
    expect(one.toString()).toBe("array([1, 2], dtype=int32)");
  });
});

describe("nested lists", () => {
  test("take the type that suits them", () => {
    mx.tidy(() => {
      expect(array([1, 2]).dtype).toBe("int32");
      expect(array([1, 2.5]).dtype).toBe("float32");
      expect(array([true, false]).dtype).toBe("bool");
      expect(array([1n]).dtype).toBe("int64");
      expect(array([2 ** 40]).dtype).toBe("int64");
      expect(array([]).dtype).toBe("float32");
      expect(array([[], []]).shape).toEqual([2, 0]);
      expect(array([-1, 300], "uint8").tolist()).toEqual([255, 44]);
    });
  });

  test("that are ragged are refused", () => {
    expect(() => array([[1, 2], [3]])).toThrow("not of equal length");
    expect(() => array([[1], 2])).toThrow(/not of equal/);
    expect(() => array([1, [2]])).toThrow(/not of equal/);
  });
});

describe("a plain number as an operand", () => {
  test("adopts the array's type, so that 16-bit floats stay so", () => {
    mx.tidy(() => {
      expect(mx.add(mx.zeros([1], "bfloat16"), 1.5).dtype).toBe("bfloat16");
      expect(mx.multiply(2, mx.zeros([1], "float16")).dtype).toBe("float16");
      expect(mx.add(mx.zeros([1], "uint8"), 1).dtype).toBe("uint8");
      expect(mx.add(mx.zeros([1], "int32"), 0.5).dtype).toBe("float32");
      expect(mx.add(mx.zeros([1], "bool"), 1).dtype).toBe("int32");
      expect(mx.add(1, 2).item()).toBe(3);
    });
  });
});

describe("an array that was freed", () => {
  test("says so when it is used, by itself or in an operation", () => {
    const one = array([1, 2]);
    one.dispose();
    for (const use of [() => one.tolist(), () => mx.add(one, 1), () => one.dtype, () => mx.evaluate(one)]) {
      expect(use).toThrow("MlxArray: used after it was freed");
    }
  });

  test("leaves nothing behind, nor do operations that fail", () => {
    expectNoLeaks(() => {
      mx.tidy(() => {
        const one = mx.zeros([2, 3]);
        expect(() => mx.matmul(one, one)).toThrow(mx.MlxError);
        expect(() => mx.add(mx.zeros([2]), mx.zeros([3]))).toThrow(/^add: \[broadcast_shapes\]/);
        expect(() => mx.reshape(one, [4])).toThrow(/^reshape: /);
        expect(() => mx.concatenate([])).toThrow(/^concatenate: /);
        mx.split(one, 3, 1);
      });
    });
  });
});
