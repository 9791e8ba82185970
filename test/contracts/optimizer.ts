/** What every optimizer keeps to: it is a pure function, its state is all that it remembers, and it goes downhill. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../src/mlx/index.ts";
import { createOptimizer } from "../../src/mlx/optim/index.ts";
import { expectNoLeaks } from "../support/leaks.ts";

type Arrays = Map<string, mx.MlxArray>;
const shapes: [path: string, shape: number[]][] = [
  ["layers.0.weight", [6, 4]],
  ["layers.0.bias", [6]],
  ["layers.1.m", [2, 3, 4]],
];

const waves = (seed: number, dtype: mx.DType = "float32"): Arrays =>
  new Map(
    shapes.map(([path, shape], i) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const data = new Float32Array(size).map((_, at) => Math.sin(seed * 10 + i + at * 1.7));
      return [path, mx.astype(mx.fromTypedArray(data, shape), dtype)];
    }),
  );
const values = (arrays: Arrays) => Object.fromEntries([...arrays].map(([path, array]) => [path, array.tolist()]));
const layout = (arrays: Arrays) => [...arrays].map(([path, array]) => [path, array.dtype, ...array.shape]);
const number = (value: number, dtype: mx.DType) => mx.array(value, dtype);

/** Runs the rules over one optimizer with some options. */
export function describeOptimizer(name: string, options: Record<string, unknown>): void {
  const optimizer = createOptimizer(name, options);
  const rule = (title: string, work: () => void) => test(title, () => expectNoLeaks(() => mx.tidy(work)));
  const step = (parameters: Arrays, gradients: Arrays, state: Arrays, done: number, rate = 0.01) =>
    optimizer.update({
      parameters,
      gradients,
      state,
      rate: number(rate, "float32"),
      step: number(done, "uint64"),
    });

  describe(`every optimizer: ${name} ${JSON.stringify(options)}`, () => {
    rule("has the names, types and shapes of its later state from the beginning", () => {
      for (const dtype of ["float32", "bfloat16"] as const) {
        const parameters = waves(1, dtype);
        const state = optimizer.init(parameters);
        const next = step(parameters, waves(2, dtype), state, 0);
        expect(layout(next.parameters)).toEqual(layout(parameters));
        expect(layout(next.state)).toEqual(layout(state));
        const paths = new Set(shapes.map(([path]) => path));
        for (const key of state.keys()) expect(paths.has(key.slice(0, key.lastIndexOf(".")))).toBe(true);
      }
    });

    rule("changes none of the arrays that it is given", () => {
      const [parameters, gradients] = [waves(1), waves(2)];
      const state = optimizer.init(parameters);
      const before = [parameters, gradients, state].map(values);
      const next = step(parameters, gradients, state, 0);
      mx.evaluate(...next.parameters.values(), ...next.state.values());
      expect([parameters, gradients, state].map(values)).toEqual(before);
    });

    rule("goes on from a saved state as if it had never stopped, in whatever order the state is given", () => {
      const run = (interrupt: boolean) => {
        let parameters = waves(1);
        let state = optimizer.init(parameters);
        for (let done = 0; done < 6; done++) {
          if (interrupt && done === 3) {
            const saved = [...state].reverse().map(([key, array]) => [key, copyOf(array)] as const);
            state = new Map(saved);
          }
          ({ parameters, state } = step(parameters, waves(done + 2), state, done));
        }
        return values(parameters);
      };
      expect(run(true)).toEqual(run(false));
    });

    rule("treats each parameter as if it were alone", () => {
      const [path] = shapes[0]!;
      const only = (arrays: Arrays): Arrays => new Map([[path, arrays.get(path)!]]);
      const all = step(waves(1), waves(2), optimizer.init(waves(1)), 0);
      const alone = step(only(waves(1)), only(waves(2)), optimizer.init(only(waves(1))), 0);
      expect(values(alone.parameters)).toEqual(values(only(all.parameters)));
    });

    rule("brings a sum of squares down", () => {
      let parameters = waves(1);
      let state = optimizer.init(parameters);
      const loss = () => [...parameters.values()].reduce((sum, x) => sum + Number(mx.sum(mx.square(x)).item()), 0);
      const before = loss();
      for (let done = 0; done < 60; done++) {
        const gradients: Arrays = new Map([...parameters].map(([path, x]) => [path, mx.multiply(x, 2)]));
        ({ parameters, state } = step(parameters, gradients, state, done));
        mx.evaluate(...parameters.values(), ...state.values());
      }
      expect(loss()).toBeLessThan(before);
    });
  });
}

function copyOf(array: mx.MlxArray): mx.MlxArray {
  return mx.fromTypedArray(array.toFloat32(), array.shape);
}
