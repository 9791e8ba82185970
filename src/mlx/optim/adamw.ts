/** AdamW (Loshchilov and Hutter 2019): Adam on parameters that shrink a little before each step. */
import * as v from "valibot";
import { astype, multiply, subtract } from "../ops.ts";
import { adam, adamOptions } from "./adam.ts";
import type { Rule } from "./rule.ts";

export const AdamWOptions = v.strictObject({ ...adamOptions, weight_decay: v.optional(v.number(), 0.01) });

/** State: as Adam's. */
export function adamw({ weight_decay: decay, ...options }: v.InferOutput<typeof AdamWOptions>): Rule {
  const rule = adam(options);
  return {
    start: rule.start,
    step(input) {
      const lr = astype(input.rate, input.gradient.dtype);
      return rule.step({ ...input, parameter: multiply(input.parameter, subtract(1, multiply(lr, decay))) });
    },
  };
}
