/** Goal: tables of cosines and sines rotate as MLX's own operation does, to the last bit. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../../src/mlx/index.ts";
import { type Rotate, rotation } from "../../../../src/models/decoders/shared/rope.ts";
import { rotationByTables } from "../../../../src/models/decoders/shared/rope-tables.ts";
import { expectNoLeaks } from "../../../support/leaks.ts";

const states = (length: number, dtype: mx.DType, size = 16) =>
  mx.astype(mx.random.normal(mx.random.key(length), [2, 3, length, size]), dtype);

/** The bits of all numbers. */
const bits = (x: mx.MlxArray) => [...new Uint8Array(x.toBytes())].join();

describe("tables", () => {
  for (const dtype of ["float32", "float16", "bfloat16"] as const) {
    test(`give the same ${dtype} bits for every base, scale, place and length`, () => {
      mx.tidy(() => {
        for (const [base, scale] of [
          [10_000, 1],
          [500_000, 0.25],
          [123.4, 1 / 3],
        ] as const) {
          for (const [offset, length] of [
            [0, 1],
            [7, 5],
            [4095, 1],
            [100_003, 2],
          ] as const) {
            const x = states(length, dtype);
            const own = rotationByTables(16)(x, { base, scale }, offset);
            expect(bits(own)).toBe(bits(mx.fast.rope(x, { dims: 16, base, scale, offset })));
          }
        }
      });
    });
  }

  test("leave the features behind the rotated ones as they are", () => {
    mx.tidy(() => {
      const x = states(3, "float32");
      const own = rotationByTables(6)(x, { base: 10_000, scale: 1 }, 2);
      expect(bits(own)).toBe(bits(mx.fast.rope(x, { dims: 6, base: 10_000, offset: 2 })));
    });
  });

  test("take frequencies of their own, endless waves among them", () => {
    mx.tidy(() => {
      const x = states(3, "float32");
      const table = Float32Array.of(1, 3.5, 20, 100, 1000, 5000, 1e6, Number.POSITIVE_INFINITY);
      const own = rotationByTables(16)(x, { table, magnitude: 1 }, 9);
      expect(bits(own)).toBe(bits(mx.fast.rope(x, { dims: 16, offset: 9, freqs: mx.fromTypedArray(table) })));
    });
  });

  test("serve queries and keys of the same call, and are made anew for another place, length, type or tidy", () => {
    const rotate = rotationByTables(16);
    const cases = [
      [1, 1, "float32"],
      [1, 1, "float32"],
      [2, 1, "float32"],
      [2, 3, "float32"],
      [2, 3, "float16"],
    ] as const;
    const check = () => {
      for (const [offset, length, dtype] of cases) {
        const x = states(length, dtype);
        const own = rotate(x, { base: 10_000, scale: 1 }, offset);
        expect(bits(own)).toBe(bits(mx.fast.rope(x, { dims: 16, base: 10_000, offset })));
      }
    };
    expectNoLeaks(() => {
      mx.tidy(check);
      mx.tidy(check);
    });
  });
});

test("a rotation gives the same bits whether its tables are shared or not", () => {
  const rotations: Rotate[] = [
    rotation({ dims: 16, base: 10_000 }),
    rotation({ dims: 16, base: 10_000, traditional: true }),
    rotation({ dims: 16, base: 10_000, scaling: { rope_type: "linear", factor: 4 } }),
    rotation({ dims: 16, base: 10_000, scaling: { rope_type: "llama3", factor: 8 } }),
    rotation({ dims: 16, base: 10_000, scaling: { rope_type: "yarn", factor: 4 } }),
    rotation({ dims: 16, base: 10_000, scaling: { rope_type: "dynamic", factor: 2 }, maxPositions: 8 }),
  ];
  mx.tidy(() => {
    const x = states(4, "float32");
    for (const rotate of rotations) expect(bits(rotate(x, 30, true))).toBe(bits(rotate(x, 30)));
  });
});
