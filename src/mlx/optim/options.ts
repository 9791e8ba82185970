/** Kinds of options that several optimizers have. */
import * as v from "valibot";

/** A share in [0, 1): how much of a running mean stays. */
export const beta = v.pipe(v.number(), v.minValue(0), v.ltValue(1));

/** Two such shares. */
export const betas = (first: number, second: number) =>
  v.optional(v.tuple([beta, beta]), [first, second] as [number, number]);

/** A number of at least 0. */
export const atLeastZero = v.pipe(v.number(), v.minValue(0));
