/** Lion (Chen et al. 2023): steps by the sign of a running mean, all of one length. */
import * as v from "valibot";
import { add, astype, multiply, sign, subtract, zerosLike } from "../ops.ts";
import { atLeastZero, betas } from "./options.ts";
import type { Rule } from "./rule.ts";

export const LionOptions = v.strictObject({ betas: betas(0.9, 0.99), weight_decay: v.optional(atLeastZero, 0) });

/** State: `m`, the running mean of the gradient. */
export function lion(options: v.InferOutput<typeof LionOptions>): Rule {
  const { betas, weight_decay: decay } = options;
  const [b1, b2] = betas;
  return {
    start: (parameter) => ({ m: zerosLike(parameter) }),
    step({ parameter, gradient, state, rate }) {
      const lr = astype(rate, gradient.dtype);
      const direction = add(multiply(state.m!, b1), multiply(gradient, 1 - b1));
      const m = add(multiply(state.m!, b2), multiply(gradient, 1 - b2));
      const shrunk = decay > 0 ? multiply(subtract(1, multiply(lr, decay)), parameter) : parameter;
      return { parameter: subtract(shrunk, multiply(lr, sign(direction))), state: { m } };
    },
  };
}
