/** Goal: derivatives are Python MLX's, and nothing that a function does inside MLX harms the process. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../src/mlx/index.ts";
import { expectFlatMemory, expectNoLeaks } from "../support/leaks.ts";
import { python } from "../support/peers.ts";

type A = mx.MlxArray;

interface Case {
  name: string;
  fn: (...inputs: A[]) => A;
  /** The same in Python. */
  python: string;
  inputs: mx.Nested[];
}

const matrix: mx.Nested = [
  [0.5, -1, 2],
  [1.5, 0.25, -0.75],
];
const cases: Case[] = [
  {
    name: "a product",
    fn: (x, w) => mx.sum(mx.square(mx.multiply(x!, w!))),
    python: "lambda x, w: mx.sum(mx.square(x * w))",
    inputs: [
      [1, 2, 3],
      [3, 4, 5],
    ],
  },
  {
    name: "a matrix product",
    fn: (x, w) => mx.mean(mx.tanh(mx.matmul(x!, mx.transpose(w!)))),
    python: "lambda x, w: mx.mean(mx.tanh(x @ w.T))",
    inputs: [matrix, matrix],
  },
  {
    name: "a softmax loss",
    fn: (x) => mx.negative(mx.sum(mx.slice(mx.log(mx.softmax(x!, -1)), [null, [0, 1]]))),
    python: "lambda x: -mx.sum(mx.log(mx.softmax(x, -1))[:, 0:1])",
    inputs: [matrix],
  },
  {
    name: "a layer norm",
    fn: (x, w, b) => mx.sum(mx.exp(mx.fast.layerNorm(x!, w!, b!, 1e-5))),
    python: "lambda x, w, b: mx.sum(mx.exp(mx.fast.layer_norm(x, w, b, 1e-5)))",
    inputs: [matrix, [1, 2, 3], [0, 0.5, 1]],
  },
  {
    name: "a lookup",
    fn: (x) => mx.sum(mx.square(mx.take(x!, mx.array([1, 1, 0]), 0))),
    python: "lambda x: mx.sum(mx.square(mx.take(x, mx.array([1, 1, 0]), 0)))",
    inputs: [matrix],
  },
  {
    name: "a stopped gradient",
    fn: (x) => mx.sum(mx.multiply(x!, mx.stopGradient(x!))),
    python: "lambda x: mx.sum(x * mx.stop_gradient(x))",
    inputs: [[1, 2]],
  },
];

const answers = await python(
  "test/parity/mlx_gradients.py",
  [],
  cases.map(({ python, inputs }) => `${JSON.stringify({ fn: python, inputs })}\n`).join(""),
);

describe("valueAndGrad", () => {
  for (const [i, { name, fn, inputs }] of cases.entries()) {
    test(`of ${name} equals Python MLX's`, () => {
      expectNoLeaks(() =>
        mx.tidy(() => {
          const expected = JSON.parse(answers[i]!) as { value: number; gradients: mx.Nested[] };
          using gradient = mx.valueAndGrad(
            (xs) => [fn(...xs)],
            inputs.map((_, n) => n),
          );
          const { values, gradients } = gradient.apply(inputs.map((values) => mx.array(values, "float32")));
          expect(values[0]!.item()).toBeCloseTo(expected.value, 5);
          for (const [n, one] of gradients.entries()) {
            expect(mx.allclose(one, mx.array(expected.gradients[n]!, "float32"), { atol: 1e-5 }).item()).toBe(true);
          }
        }),
      );
    });
  }

  test("gives the other values beside the one that is differentiated", () => {
    mx.tidy(() => {
      using gradient = mx.valueAndGrad(([x]) => [mx.sum(x!), mx.max(x!)]);
      const { values, gradients } = gradient.apply([mx.array([1, 5], "float32")]);
      expect(values.map((one) => one.item())).toEqual([6, 5]);
      expect(gradients.map((one) => one.tolist())).toEqual([[1, 1]]);
    });
  });

  test("keeps memory flat over 1,000 steps", () => {
    using x = mx.ones([32, 32]);
    using gradient = mx.valueAndGrad(([a]) => [mx.sum(mx.exp(mx.matmul(a!, a!)))]);
    expectNoLeaks(() => expectFlatMemory(() => mx.tidy(() => mx.evaluate(...gradient.apply([x]).gradients))));
  });

  test("is refused after it was freed", () => {
    const gradient = mx.valueAndGrad(([x]) => [mx.sum(x!)]);
    gradient.dispose();
    gradient.dispose();
    using x = mx.ones([1]);
    expect(() => gradient.apply([x])).toThrow("used after it was freed");
  });
});

describe("a function inside MLX", () => {
  const apply = (fn: mx.ArrayFunction) => {
    using gradient = mx.valueAndGrad(fn);
    using x = mx.array([1, 2], "float32");
    return gradient.apply([x]);
  };

  test("that throws stops the call, which throws the same object", () => {
    const mine = new RangeError("mine");
    let caught: unknown;
    try {
      apply(() => {
        throw mine;
      });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(mine);
  });

  test("that misuses an operation throws that operation's error", () => {
    expect(() => apply(([x]) => [mx.matmul(x!, mx.zeros([5, 5]))])).toThrow(/^matmul: /);
  });

  test("that returns nothing, no list, or no number is an error of the call", () => {
    expect(() => apply(() => [])).toThrow(mx.MlxError);
    expect(() => apply(() => undefined as never)).toThrow("returned no list of arrays");
    expect(() => apply(([x]) => [x!])).toThrow(/^value_and_grad: /);
  });

  test("that returns a freed array is told so", () => {
    expect(() =>
      apply(([x]) => {
        x!.dispose();
        return [x!];
      }),
    ).toThrow("used after it was freed");
  });

  test("leaves the next call unharmed, and nothing behind", () => {
    expectNoLeaks(() =>
      mx.tidy(() => {
        expect(() =>
          apply(() => {
            throw new Error("first");
          }),
        ).toThrow("first");
        expect(() => apply(([x]) => [x!])).toThrow(/^value_and_grad: /);
        expect(apply(([x]) => [mx.sum(x!)]).values[0]!.item()).toBe(3);
      }),
    );
  });
});

describe("checkpoint", () => {
  test("gives the same gradients, and runs the function again for them", () => {
    mx.tidy(() => {
      let runs = 0;
      const inner: mx.ArrayFunction = ([x]) => {
        runs++;
        return [mx.sin(mx.square(x!))];
      };
      using saved = mx.checkpoint(inner);
      const x = mx.array([0.5, 1.5], "float32");
      using plain = mx.valueAndGrad(([a]) => [mx.sum(inner([a!])[0]!)]);
      const expected = plain.apply([x]).gradients[0]!.tolist();
      runs = 0;
      using gradient = mx.valueAndGrad(([a]) => [mx.sum(saved.apply([a!])[0]!)]);
      expect(gradient.apply([x]).gradients[0]!.tolist()).toEqual(expected);
      expect(runs).toBe(2);
    });
  });
});

describe("products with the Jacobian", () => {
  test("from both sides", () => {
    mx.tidy(() => {
      const [x, v] = [mx.array([1, 2, 3], "float32"), mx.array([1, 0, -1], "float32")];
      const square: mx.ArrayFunction = ([a]) => [mx.square(a!)];
      expect(mx.vjp(square, [x], [v]).map(([one]) => one!.tolist())).toEqual([
        [1, 4, 9],
        [2, 0, -6],
      ]);
      expect(mx.jvp(square, [x], [v]).map(([one]) => one!.tolist())).toEqual([
        [1, 4, 9],
        [2, 0, -6],
      ]);
    });
  });
});
