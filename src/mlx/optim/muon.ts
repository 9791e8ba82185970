/** Muon (Jordan et al. 2024): momentum, made nearly orthogonal by Newton-Schulz steps. For hidden layers. */
import * as v from "valibot";
import type { MlxArray } from "../array.ts";
import {
  add,
  addmm,
  astype,
  divide,
  flatten,
  matmul,
  multiply,
  reshape,
  sqrt,
  square,
  subtract,
  sum,
  transpose,
  zerosLike,
} from "../ops.ts";
import { atLeastZero } from "./options.ts";
import type { Rule } from "./rule.ts";

export const MuonOptions = v.strictObject({
  momentum: v.optional(atLeastZero, 0.95),
  weight_decay: v.optional(v.number(), 0.01),
  nesterov: v.optional(v.boolean(), true),
  ns_steps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 5),
});

/** State: `v`, the running mean of the gradient. Arrays of one axis get the plain momentum step. */
export function muon(options: v.InferOutput<typeof MuonOptions>): Rule {
  const { momentum, weight_decay: decay, nesterov, ns_steps: steps } = options;
  return {
    start: (parameter) => ({ v: zerosLike(parameter) }),
    step({ parameter, gradient: raw, state, rate }) {
      const gradient = decay === 0 ? raw : add(raw, multiply(parameter, decay));
      const v = add(multiply(state.v!, momentum), multiply(gradient, 1 - momentum));
      const mixed = nesterov ? add(multiply(gradient, 1 - momentum), multiply(v, momentum)) : v;
      const lr = astype(rate, gradient.dtype);
      if (mixed.ndim < 2) return { parameter: subtract(parameter, multiply(lr, mixed)), state: { v } };
      const { shape } = mixed;
      const flat = mixed.ndim > 2 ? reshape(mixed, [shape[0]!, -1]) : mixed;
      const orthogonal = orthogonalized(flat, steps);
      const update = mixed.ndim > 2 ? reshape(orthogonal, shape) : orthogonal;
      const scale = Math.max(1, shape.at(-2)! / shape.at(-1)!) ** 0.5;
      return { parameter: subtract(parameter, multiply(multiply(lr, scale), update)), state: { v } };
    },
  };
}

/** A matrix of the same singular vectors, whose singular values are all near 1. */
function orthogonalized(matrix: MlxArray, steps: number): MlxArray {
  const [a, b, c] = [3.4445, -4.775, 2.0315] as const;
  const [rows, columns] = matrix.shape as [number, number];
  const wide = rows > columns ? transpose(matrix) : matrix;
  const length = sqrt(sum(square(flatten(wide))));
  let x = divide(wide, add(length, 1e-7));
  for (let step = 0; step < steps; step++) {
    const squares = matmul(x, transpose(x));
    const polynomial = addmm(multiply(squares, b), squares, squares, c, 1);
    x = addmm(multiply(x, a), polynomial, x, 1, 1);
  }
  return rows > columns ? transpose(x) : x;
}
