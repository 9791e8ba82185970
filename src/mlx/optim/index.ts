/** Optimizers by name, with MLX's options under MLX's names; schedules; clipping. */
import type * as v from "valibot";
import { UsageError } from "../../core/errors.ts";
import { AdafactorOptions, adafactor } from "./adafactor.ts";
import { AdamOptions, adam } from "./adam.ts";
import { AdamWOptions, adamw } from "./adamw.ts";
import { LionOptions, lion } from "./lion.ts";
import { MuonOptions, muon } from "./muon.ts";
import type { Optimizer } from "./optimizer.ts";
import { optimizerOf, parseOptions, type Rule } from "./rule.ts";
import { SgdOptions, sgd } from "./sgd.ts";

export * from "./clip.ts";
export * from "./optimizer.ts";
export * from "./schedules.ts";

type Make = (name: string, options: unknown) => Rule;

const optimizers: Readonly<Record<string, Make>> = {
  adam: entry(AdamOptions, adam),
  adamw: entry(AdamWOptions, adamw),
  muon: entry(MuonOptions, muon),
  sgd: entry(SgdOptions, sgd),
  adafactor: entry(AdafactorOptions, adafactor),
  lion: entry(LionOptions, lion),
};

export const optimizerNames: readonly string[] = Object.keys(optimizers);

/** An optimizer; `options` are the arguments of MLX's class without the learning rate, such as `{betas, eps}`. */
export function createOptimizer(name: string, options: unknown = {}): Optimizer {
  const make = Object.hasOwn(optimizers, name) ? optimizers[name] : undefined;
  if (!make) throw new UsageError(`unknown optimizer "${name}"`, `known: ${optimizerNames.join(", ")}`);
  return optimizerOf(name, make(name, options));
}

function entry<T>(schema: v.GenericSchema<unknown, T>, rule: (options: T) => Rule): Make {
  return (name, options) => rule(parseOptions(name, schema, options));
}
