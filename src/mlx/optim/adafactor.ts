/** Adafactor (Shazeer and Stern 2018): of a matrix it keeps one number a row and one a column. */
import * as v from "valibot";
import type { MlxArray, Shape } from "../array.ts";
import { array } from "../create.ts";
import {
  add,
  astype,
  divide,
  expandDims,
  maximum,
  mean,
  minimum,
  multiply,
  power,
  rsqrt,
  sqrt,
  square,
  subtract,
  zeros,
  zerosLike,
} from "../ops.ts";
import { beta } from "./options.ts";
import type { Rule } from "./rule.ts";

export const AdafactorOptions = v.strictObject({
  /** Added to squared gradients; least size of a parameter, where the rate is scaled by it. */
  eps: v.optional(v.tuple([v.number(), v.number()]), [1e-30, 1e-3]),
  clip_threshold: v.optional(v.pipe(v.number(), v.gtValue(0)), 1),
  decay_rate: v.optional(v.number(), -0.8),
  beta_1: v.optional(v.nullable(beta), null),
  weight_decay: v.optional(v.number(), 0),
  scale_parameter: v.optional(v.boolean(), true),
  /** The rate follows from the step, and the one that is given does not count. */
  relative_step: v.optional(v.boolean(), true),
  warmup_init: v.optional(v.boolean(), false),
});
type Options = v.InferOutput<typeof AdafactorOptions>;

/** State: `exp_avg_sq_row` and `exp_avg_sq_col`, or `exp_avg_sq` below two axes; `exp_avg` with a `beta_1`. */
export function adafactor(options: Options): Rule {
  const { eps, clip_threshold: threshold, decay_rate: exponent, beta_1: b1, weight_decay: decay } = options;
  return {
    start: (parameter) => ({
      ...secondMoments(parameter),
      ...(b1 === null ? {} : { exp_avg: zerosLike(parameter) }),
    }),
    step({ parameter, gradient, state, rate, step }) {
      const size = rms(parameter);
      const lr = learningRate(options, size, rate, step);
      const b2 = subtract(1, astype(power(step, array(exponent, "float32")), size.dtype));
      const squares = add(square(gradient), eps[0]);
      const running = (old: MlxArray, fresh: MlxArray) => add(multiply(b2, old), multiply(subtract(1, b2), fresh));
      const next: Record<string, MlxArray> = {};
      let scaled: MlxArray;
      if (gradient.ndim >= 2) {
        next.exp_avg_sq_row = running(state.exp_avg_sq_row!, mean(squares, -1));
        next.exp_avg_sq_col = running(state.exp_avg_sq_col!, mean(squares, -2));
        scaled = multiply(inverseRoots(next.exp_avg_sq_row, next.exp_avg_sq_col), gradient);
      } else {
        next.exp_avg_sq = running(state.exp_avg_sq!, squares);
        scaled = multiply(rsqrt(next.exp_avg_sq), gradient);
      }
      const clipped = divide(scaled, maximum(1, divide(rms(scaled), threshold)));
      let update = multiply(lr, clipped);
      if (b1 !== null) {
        update = add(multiply(state.exp_avg!, b1), multiply(update, 1 - b1));
        next.exp_avg = update;
      }
      const shrunk = decay === 0 ? parameter : add(parameter, multiply(parameter, multiply(lr, -decay)));
      return { parameter: subtract(shrunk, update), state: next };
    },
  };
}

function secondMoments(parameter: MlxArray): Record<string, MlxArray> {
  const { shape, dtype } = parameter;
  if (shape.length < 2) return { exp_avg_sq: zerosLike(parameter) };
  const columns: Shape = [...shape.slice(0, -2), shape.at(-1)!];
  return { exp_avg_sq_row: zeros(shape.slice(0, -1), dtype), exp_avg_sq_col: zeros(columns, dtype) };
}

function learningRate(options: Options, size: MlxArray, rate: MlxArray, step: MlxArray): MlxArray {
  const { eps, relative_step: relative, warmup_init: warmup, scale_parameter: scaled } = options;
  const first = () => (warmup ? multiply(step, array(1e-6, "float32")) : 1e-2);
  const own = astype(relative ? minimum(first(), rsqrt(step)) : rate, size.dtype);
  return scaled ? multiply(maximum(eps[1], size), own) : own;
}

/** 1/√ of the matrix that the means of rows and of columns stand for. */
function inverseRoots(rows: MlxArray, columns: MlxArray): MlxArray {
  const r = rsqrt(divide(rows, mean(rows, -1, true)));
  return multiply(expandDims(r, -1), expandDims(rsqrt(columns), -2));
}

function rms(x: MlxArray): MlxArray {
  return sqrt(mean(square(x)));
}
