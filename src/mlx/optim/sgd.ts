/** Stochastic gradient descent, with momentum where it is asked for. */
import * as v from "valibot";
import { add, astype, multiply, subtract, zerosLike } from "../ops.ts";
import { atLeastZero } from "./options.ts";
import type { Rule } from "./rule.ts";

export const SgdOptions = v.pipe(
  v.strictObject({
    momentum: v.optional(atLeastZero, 0),
    weight_decay: v.optional(v.number(), 0),
    dampening: v.optional(v.number(), 0),
    nesterov: v.optional(v.boolean(), false),
  }),
  v.check(
    ({ nesterov, momentum, dampening }) => !nesterov || (momentum > 0 && dampening === 0),
    "nesterov needs a momentum above 0 and no dampening",
  ),
);

/** State: `v`, the running sum of gradients, with a momentum only. */
export function sgd(options: v.InferOutput<typeof SgdOptions>): Rule {
  const { momentum, weight_decay: decay, dampening, nesterov } = options;
  return {
    start: (parameter) => (momentum > 0 ? { v: zerosLike(parameter) } : {}),
    step({ parameter, gradient: raw, state, rate }) {
      const gradient = decay === 0 ? raw : add(raw, multiply(parameter, decay));
      const lr = astype(rate, gradient.dtype);
      if (momentum <= 0) return { parameter: subtract(parameter, multiply(lr, gradient)), state: {} };
      const fresh = dampening > 0 ? multiply(gradient, 1 - dampening) : gradient;
      const v = add(multiply(state.v!, momentum), fresh);
      const update = nesterov ? add(gradient, multiply(v, momentum)) : v;
      return { parameter: subtract(parameter, multiply(lr, update)), state: { v } };
    },
  };
}
