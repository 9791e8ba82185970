/** Goal: rotations keep to their definition, and can be used first wherever a model may be. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../../src/mlx/index.ts";
import { type RopeSettings, rotation } from "../../../../src/models/decoders/shared/rope.ts";
import type { RopeScaling } from "../../../../src/models/decoders/shared/rope-scaling.ts";
import { difference } from "../../../contracts/decoder.ts";
import { expectNoLeaks } from "../../../support/leaks.ts";

const SIZE = 8;
const plain: RopeSettings = { dims: SIZE, base: 100 };

/** `[1, 1, length, SIZE]` of the numbers 1, 2, 3, … */
const input = (length: number) =>
  mx.fromTypedArray(
    Float32Array.from({ length: length * SIZE }, (_, i) => i + 1),
    [1, 1, length, SIZE],
  );

const rotated = (settings: RopeSettings, length: number, offset = 0) =>
  mx.tidy(() => rotation(settings)(input(length), offset).toFloat32());

/** Pairs (i, i + half) turned by position / base^(2i / dims), in float64. */
function expected(length: number, offset: number, angle: (position: number, pair: number) => number): Float32Array {
  const half = SIZE / 2;
  const x = Array.from({ length: length * SIZE }, (_, i) => i + 1);
  return Float32Array.from(x, (_, n) => {
    const [row, i] = [Math.floor(n / SIZE), n % SIZE];
    const pair = i % half;
    const [first, second] = [x[row * SIZE + pair]!, x[row * SIZE + pair + half]!];
    const a = angle(row + offset, pair);
    return i < half ? first * Math.cos(a) - second * Math.sin(a) : first * Math.sin(a) + second * Math.cos(a);
  });
}

const period = (pair: number) => 100 ** ((2 * pair) / SIZE);

const scalings: [string, RopeScaling, Partial<RopeSettings>][] = [
  ["llama3", { rope_type: "llama3", factor: 4, original_max_position_embeddings: 16 }, {}],
  ["yarn", { rope_type: "yarn", factor: 4, original_max_position_embeddings: 16 }, {}],
  [
    "longrope",
    { rope_type: "longrope", long_factor: [1, 2, 3, 4], original_max_position_embeddings: 8 },
    { maxPositions: 32 },
  ],
  ["proportional", { rope_type: "proportional", partial_rotary_factor: 0.5 }, {}],
  ["dynamic", { rope_type: "dynamic", factor: 2 }, { maxPositions: 4 }],
  ["linear", { rope_type: "linear", factor: 2 }, {}],
];

describe("rotary positions", () => {
  test("turn pairs by the angle of their position", () => {
    const wanted = expected(5, 3, (position, pair) => position / period(pair));
    expect(difference(rotated(plain, 5, 3), wanted)).toBeLessThan(1e-4);
  });

  test("stretched evenly turn by the fraction", () => {
    const wanted = expected(5, 3, (position, pair) => position / 4 / period(pair));
    const found = rotated({ ...plain, scaling: { type: "linear", factor: 4 } }, 5, 3);
    expect(difference(found, wanted)).toBeLessThan(1e-4);
  });

  test("stretched as in Llama 3 keep short waves and lengthen long ones by the factor", () => {
    const scaling = { rope_type: "llama3", factor: 4, original_max_position_embeddings: 16 };
    const wanted = expected(5, 3, (position, pair) => {
      const wave = 2 * Math.PI * period(pair);
      if (wave < 4) return position / period(pair);
      if (wave > 16) return position / (4 * period(pair));
      const smooth = (16 / wave - 1) / 3;
      return (position * ((1 - smooth) / 4 + smooth)) / period(pair);
    });
    expect(difference(rotated({ ...plain, scaling }, 5, 3), wanted)).toBeLessThan(1e-4);
  });

  test("of a part leave the other features as they are", () => {
    const found = rotated({ ...plain, dims: 4 }, 3, 5);
    for (let row = 0; row < 3; row++) {
      const rest = found.subarray(row * SIZE + 4, (row + 1) * SIZE);
      expect([...rest]).toEqual([5, 6, 7, 8].map((i) => row * SIZE + i));
    }
  });

  test.each(scalings)("of type %s go on where a text was cut", (type, scaling, more) => {
    const settings = { ...plain, scaling, ...more };
    const whole = rotated(settings, 6);
    mx.tidy(() => {
      const rotate = rotation(settings);
      const rest = mx.slice(input(6), [null, null, [4, 6]]);
      const found = rotate(rest, 4).toFloat32();
      expect(difference(found, whole.slice(4 * SIZE))).toBeLessThan(type === "dynamic" ? 1e-3 : 1e-4);
    });
  });

  test.each(scalings)("of type %s may be used first inside a gradient or a compiled function", (_, scaling, more) => {
    const settings = { ...plain, scaling, ...more };
    const norms = rotated(settings, 3);
    mx.tidy(() => {
      const inGradient = rotation(settings);
      using gradient = mx.valueAndGrad(([x]) => {
        const y = inGradient(x!, 0);
        return [mx.sum(mx.square(y)), y];
      });
      expect(difference(gradient.apply([input(3)]).values[1]!.toFloat32(), norms)).toBeLessThan(1e-4);
      const inCompiled = rotation(settings);
      using compiled = mx.compile(([x]) => [inCompiled(x!, 0)]);
      expect(difference(compiled.apply([input(3)])[0]!.toFloat32(), norms)).toBeLessThan(1e-4);
    });
  });

  test.each(scalings)("of type %s keep no native array", (_, scaling, more) => {
    const rotate = rotation({ ...plain, scaling, ...more });
    expectNoLeaks(() => mx.tidy(() => void rotate(input(3), 0)));
  });

  test("for rows at different places take each row's own offset", () => {
    mx.tidy(() => {
      const two = mx.concatenate([input(2), input(2)], 0);
      const found = rotation(plain)(two, mx.array([3, 7], "int32")).toFloat32();
      const wanted = [...rotated(plain, 2, 3), ...rotated(plain, 2, 7)];
      expect(difference(found, Float32Array.from(wanted))).toBeLessThan(1e-4);
    });
  });

  test("that grow with the text refuse rows at different places", () => {
    mx.tidy(() => {
      const rotate = rotation({ ...plain, scaling: { type: "dynamic", factor: 2 }, maxPositions: 4 });
      expect(() => rotate(input(2), mx.array([3], "int32"))).toThrow("several texts of different lengths");
    });
  });
});
