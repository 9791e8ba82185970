/** Goal: learning rates are MLX's, to the last bits of float32, for a hundred steps; a cosine's, to those of its peak. */
import { describe, expect, test } from "bun:test";
import { UsageError } from "../../../src/core/errors.ts";
import { buildSchedule, constantSchedule, joinSchedules } from "../../../src/mlx/optim/index.ts";
import { sameLibrary } from "../../support/mlx-lm-adapters.ts";

const settings = [
  { name: "exponential_decay", arguments: [1e-3, 0.97] },
  { name: "step_decay", arguments: [1e-3, 0.5, 7] },
  { name: "cosine_decay", arguments: [1e-3, 60] },
  { name: "cosine_decay", arguments: [1e-3, 95, 1e-5], warmup: 5 },
  { name: "linear_schedule", arguments: [0, 1e-2, 33] },
  { name: "linear_schedule", arguments: [3, 1, 2], warmup: 10, warmup_init: 1e-7 },
  { name: "exponential_decay", arguments: [2e-5, 0.999], warmup: 40, warmup_init: 1e-6 },
];
const STEPS = 100;

describe("a schedule", () => {
  test("gives the values of Python MLX within two steps of float32, of the peak for a cosine", async () => {
    const requests = settings.map((setting) => ({ op: "schedule", setting, steps: STEPS }));
    const answers = await sameLibrary<{ values: number[] }>("test/parity/optimizer_reference.py", requests);
    settings.forEach((setting, index) => {
      const schedule = buildSchedule(setting);
      const theirs = answers[index]!.values;
      // MLX approximates the cosine, whose small values are differences of larger ones.
      const peak = setting.name === "cosine_decay" ? Math.max(...theirs) : 0;
      const far = theirs.flatMap((value, step) => {
        const own = schedule(step);
        return Math.abs(own - value) <= 2 * ulp(Math.max(own, value, peak)) ? [] : [{ setting, step, own, value }];
      });
      expect(theirs).toHaveLength(STEPS);
      expect(far).toEqual([]);
    });
  });

  test("with a warm-up of 5 steps reaches its rate at step 5 and uses it twice", () => {
    const schedule = buildSchedule({ name: "cosine_decay", arguments: [1e-3, 20], warmup: 5, warmup_init: 1e-5 });
    const rates = Array.from({ length: 8 }, (_, step) => schedule(step).toPrecision(4));
    expect(rates.slice(0, 5)).toEqual(["0.00001000", "0.0002080", "0.0004060", "0.0006040", "0.0008020"]);
    expect(rates.slice(5)).toEqual(["0.001000", "0.001000", "0.0009938"]);
  });

  test("that is constant is the float32 number nearest to the rate", () => {
    expect(constantSchedule(1e-5)(7)).toBe(Math.fround(1e-5));
  });

  test("that is joined begins anew after each boundary", () => {
    const count = (from: number) => (step: number) => from + step;
    const joined = joinSchedules([count(0), count(100), count(200)], [2, 5]);
    expect(Array.from({ length: 7 }, (_, step) => joined(step))).toEqual([0, 1, 100, 101, 102, 200, 201]);
  });

  test("with wrong arguments is refused with what is wrong", () => {
    expect(() => buildSchedule({ name: "cosine", arguments: [1] })).toThrow(/cosine/);
    expect(() => buildSchedule({ name: "step_decay", arguments: [1, 2] })).toThrow(/takes 3 arguments, not 2/);
    expect(() => buildSchedule({ name: "cosine_decay", arguments: [] })).toThrow(/takes 2 or 3 arguments, not 0/);
    expect(() => buildSchedule({ name: "cosine_decay", arguments: [1e-3, 0] })).toThrow(/decay_steps/);
    expect(() => buildSchedule({ name: "step_decay", arguments: [1e-3, 0.5, 0] })).toThrow(UsageError);
    expect(() => joinSchedules([constantSchedule(1)], [3])).toThrow(UsageError);
  });
});

function ulp(value: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(value) || Number.MIN_VALUE)) - 23) || 2 ** -149;
}
