/** Goal: twenty steps of every optimizer give the bits of Python MLX's, on the same native library. */
import { beforeAll, describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import { clipGradNorm, createOptimizer, gradNorm, optimizerNames } from "../../../src/mlx/optim/index.ts";
import { describeOptimizer } from "../../contracts/optimizer.ts";
import { sameLibrary } from "../../support/mlx-lm-adapters.ts";

const STEPS = 20;
const shapes: Record<string, number[]> = { a: [6, 4], b: [3, 8], bias: [5], deep: [2, 3, 4] };

const wave = (count: number, seed: number) => new Float32Array(count).map((_, i) => Math.sin(seed + i * 1.7) * 0.5);
const made = (seed: number) =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return [name, wave(size, seed * 10 + i)];
    }),
  );
const start = made(1);
const gradients = Array.from({ length: STEPS }, (_, step) => made(step + 2));
const rates = Array.from({ length: STEPS }, (_, step) => Math.fround(1e-2 / (1 + step)));

interface Case {
  name: string;
  options: Record<string, unknown>;
  dtype: "float32" | "bfloat16";
}
const of = (name: string, options: Record<string, unknown> = {}, dtype: Case["dtype"] = "float32"): Case => ({
  name,
  options,
  dtype,
});
const cases: Case[] = [
  of("adam"),
  of("adam", { bias_correction: true }),
  of("adam", { betas: [0, 0.9], eps: 1e-6, bias_correction: true }),
  of("adam", {}, "bfloat16"),
  of("adamw"),
  of("adamw", { weight_decay: 0.3, bias_correction: true, betas: [0.8, 0.95] }),
  of("adamw", {}, "bfloat16"),
  of("sgd"),
  of("sgd", { momentum: 0.9, weight_decay: 0.1 }),
  of("sgd", { momentum: 0.9, dampening: 0.2 }),
  of("sgd", { momentum: 0.9, nesterov: true }),
  of("muon"),
  of("muon", { nesterov: false, weight_decay: 0, ns_steps: 3, momentum: 0.8 }),
  of("adafactor"),
  of("adafactor", { relative_step: false, scale_parameter: false }),
  of("adafactor", { warmup_init: true, beta_1: 0.9, weight_decay: 0.1, clip_threshold: 0.5, decay_rate: -0.5 }),
  of("lion"),
  of("lion", { betas: [0.8, 0.95], weight_decay: 0.2 }, "bfloat16"),
];

const nested = (values: Record<string, Float32Array<ArrayBuffer>>) =>
  mx.tidy(() =>
    Object.fromEntries(
      Object.entries(values).map(([name, data]) => [name, mx.fromTypedArray(data, shapes[name]).tolist()]),
    ),
  );
const named = (values: Record<string, Float32Array<ArrayBuffer>>, dtype: Case["dtype"]) =>
  new Map(
    Object.entries(values).map(([name, data]) => [name, mx.astype(mx.fromTypedArray(data, shapes[name]), dtype)]),
  );
const decoded = (values: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, new Float32Array(Uint8Array.fromBase64(text).buffer)]),
  );

function ours({ name, options, dtype }: Case): Record<string, Float32Array> {
  const optimizer = createOptimizer(name, options);
  return mx.tidy(() => {
    let parameters = named(start, dtype);
    let state = optimizer.init(parameters);
    gradients.forEach((values, step) => {
      const [rate, done] = [mx.array(rates[step]!, "float32"), mx.array(step, "uint64")];
      const input = { parameters, gradients: named(values, dtype), state, rate, step: done };
      ({ parameters, state } = optimizer.update(input));
      mx.evaluate(...parameters.values(), ...state.values());
    });
    return Object.fromEntries([...parameters].map(([path, array]) => [path, array.toFloat32()]));
  });
}

let theirs: { parameters: Record<string, string> }[];
let clipped: { gradients: Record<string, string>; norm: number }[];
const limits = [0.5, 1e6];

beforeAll(async () => {
  const shared = { rates, parameters: nested(start), gradients: gradients.map(nested) };
  const updates = cases.map((options) => ({ op: "update", ...options, ...shared }));
  const clips = limits.map((max) => ({ op: "clip", max, gradients: nested(start) }));
  const answers = await sameLibrary<never>("test/parity/optimizer_reference.py", [...updates, ...clips]);
  theirs = answers.slice(0, cases.length);
  clipped = answers.slice(cases.length);
}, 300_000);

describe("an optimizer", () => {
  test.each(
    cases.map((options, index) => [`${options.name} ${JSON.stringify(options.options)} ${options.dtype}`, index]),
  )("%s gives MLX's parameters after twenty steps", (_, index) => {
    expect(ours(cases[index as number]!)).toEqual(decoded(theirs[index as number]!.parameters));
  });

  test("of every name is in the comparison", () => {
    expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(optimizerNames));
  });

  test("that does not exist, or has a wrong option, is refused with what is wrong", () => {
    expect(() => createOptimizer("adamm")).toThrow(/unknown optimizer "adamm"/);
    expect(() => createOptimizer("adam", { betas: [0.9, 1] })).toThrow(/adam.*betas\.1/);
    expect(() => createOptimizer("adam", { beta: 0.9 })).toThrow(/adam has no option "beta"/);
    expect(() => createOptimizer("sgd", { nesterov: true })).toThrow(/nesterov needs a momentum/);
    expect(() => createOptimizer("adam", { weight_decay: 0.1 })).toThrow(/weight_decay/);
  });
});

for (const { name, options, dtype } of cases) if (dtype === "float32") describeOptimizer(name, options);

describe("clipping", () => {
  test.each(limits.map((max, index) => [max, index] as const))("to %d gives MLX's gradients and norm", (max, index) => {
    mx.tidy(() => {
      const long = named(start, "float32");
      const norm = gradNorm(long);
      const gradients = clipGradNorm(long, norm, max);
      const values = Object.fromEntries([...gradients].map(([path, array]) => [path, array.toFloat32()]));
      expect(values).toEqual(decoded(clipped[index]!.gradients));
      expect(norm.item()).toBe(clipped[index]!.norm);
    });
  });

  test("of bfloat16 gradients finds the length of a sum that bfloat16 itself cannot reach", () => {
    mx.tidy(() => {
      const gradients = new Map(["a", "b", "c"].map((name) => [name, mx.ones([3000], "bfloat16")]));
      expect(gradNorm(gradients).item()).toBeCloseTo(Math.sqrt(9000), 3);
      const clipped = clipGradNorm(gradients, gradNorm(gradients), Math.sqrt(9000) / 2);
      for (const array of clipped.values()) {
        expect(array.dtype).toBe("bfloat16");
        expect(array.toFloat32()).toEqual(new Float32Array(3000).fill(0.5));
      }
    });
  });
});
