/** Adam (Kingma and Ba 2015), as MLX computes it: without the correction of the bias unless it is asked for. */
import * as v from "valibot";
import { array } from "../create.ts";
import { add, astype, divide, multiply, power, rsqrt, sqrt, square, subtract, zerosLike } from "../ops.ts";
import { atLeastZero, betas } from "./options.ts";
import type { Rule } from "./rule.ts";

export const adamOptions = {
  betas: betas(0.9, 0.999),
  eps: v.optional(atLeastZero, 1e-8),
  bias_correction: v.optional(v.boolean(), false),
};
export const AdamOptions = v.strictObject(adamOptions);

/** State: `m` and `v`, the running means of the gradient and of its square, shaped as the parameter. */
export function adam(options: v.InferOutput<typeof AdamOptions>): Rule {
  const { betas, eps, bias_correction: corrected } = options;
  const [b1, b2] = betas;
  return {
    start: (parameter) => ({ m: zerosLike(parameter), v: zerosLike(parameter) }),
    step({ parameter, gradient, state, rate, step }) {
      const lr = astype(rate, gradient.dtype);
      const m = add(multiply(state.m!, b1), multiply(gradient, 1 - b1));
      const v = add(multiply(state.v!, b2), multiply(square(gradient), 1 - b2));
      if (!corrected) {
        const change = divide(multiply(lr, m), add(sqrt(v), eps));
        return { parameter: subtract(parameter, change), state: { m, v } };
      }
      const left = (b: number) => subtract(1, power(array(b, "float32"), step));
      const c1 = astype(divide(lr, left(b1)), gradient.dtype);
      const c2 = astype(rsqrt(left(b2)), gradient.dtype);
      const change = divide(multiply(c1, m), add(multiply(sqrt(v), c2), eps));
      return { parameter: subtract(parameter, change), state: { m, v } };
    },
  };
}
