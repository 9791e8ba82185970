/** Learning rates that change with the step: MLX's schedules and their arguments, computed in float32. */
import * as v from "valibot";
import { UsageError } from "../../core/errors.ts";

/** @param step steps done before, from 0 @returns a float32 number */
export type Schedule = (step: number) => number;

const f = Math.fround;

export function constantSchedule(rate: number): Schedule {
  return () => f(rate);
}

/** init · rateˢᵗᵉᵖ */
export function exponentialDecay(init: number, rate: number): Schedule {
  return (step) => f(f(init) * f(f(rate) ** step));
}

/** init · rate^⌊step/size⌋; `size` at least 1. */
export function stepDecay(init: number, rate: number, size: number): Schedule {
  requireSteps("step_size", size);
  return (step) => f(f(init) * f(f(rate) ** Math.floor(step / size)));
}

/** Half a cosine from `init` to `end` over `steps`, at least 1; then `end`. */
export function cosineDecay(init: number, steps: number, end = 0): Schedule {
  requireSteps("decay_steps", steps);
  return (step) => {
    const angle = f(f(Math.PI / steps) * f(Math.min(step, steps)));
    const decay = f(0.5 * f(1 + f(Math.cos(angle))));
    return f(f(end) + f(decay * f(init - end)));
  };
}

/** A line from `init` to `end` over `steps`, at least 1; then `end`. */
export function linearSchedule(init: number, end: number, steps: number): Schedule {
  requireSteps("steps", steps);
  return (step) => f(f(f(Math.min(step, steps)) * f((end - init) / steps)) + f(init));
}

/** One schedule after the other: from `boundaries[i]` on, the next counts its steps from 0. */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  if (schedules.length !== boundaries.length + 1) {
    throw new UsageError(
      `${schedules.length} schedules need ${schedules.length - 1} boundaries, not ${boundaries.length}`,
    );
  }
  return (step) => {
    const index = boundaries.findLastIndex((boundary) => step >= boundary);
    return index < 0 ? schedules[0]!(step) : schedules[index + 1]!(step - boundaries[index]!);
  };
}

/** `lr_schedule` of mlx-lm's settings. */
export const ScheduleConfig = v.strictObject({
  name: v.picklist(["exponential_decay", "step_decay", "cosine_decay", "linear_schedule"]),
  /** Those of the schedule, in order; the first is the rate that a warm-up ends with. */
  arguments: v.array(v.number()),
  /** Steps of a line from `warmup_init` to that rate, before the schedule. */
  warmup: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  warmup_init: v.optional(v.number(), 0),
});

const schedules = {
  exponential_decay: { make: exponentialDecay, from: 2, to: 2, names: "init, decay_rate" },
  step_decay: { make: stepDecay, from: 3, to: 3, names: "init, decay_rate, step_size" },
  cosine_decay: { make: cosineDecay, from: 2, to: 3, names: "init, decay_steps, and perhaps end" },
  linear_schedule: { make: linearSchedule, from: 3, to: 3, names: "init, end, steps" },
} as const;

/** The schedule that a setting describes; a `UsageError` names what is wrong with it. */
export function buildSchedule(setting: unknown): Schedule {
  const parsed = v.safeParse(ScheduleConfig, setting);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new UsageError(`the schedule is wrong (${v.getDotPath(issue) ?? "all of it"}: ${issue.message})`);
  }
  const { name, arguments: given, warmup, warmup_init: first } = parsed.output;
  const { make, from, to, names } = schedules[name];
  if (given.length < from || given.length > to) {
    throw new UsageError(
      `the schedule ${name} takes ${from === to ? from : `${from} or ${to}`} arguments, not ${given.length}`,
      `they are ${names}`,
    );
  }
  const main = (make as (...numbers: number[]) => Schedule)(...given);
  if (warmup === 0) return main;
  // The boundary is one step late, as in mlx-lm: the highest rate is used twice.
  return joinSchedules([linearSchedule(first, given[0]!, warmup), main], [warmup + 1]);
}

function requireSteps(name: string, steps: number): void {
  if (steps < 1) throw new UsageError(`${name} of a schedule is ${steps}, the least is 1`);
}
