/** Optimizers that treat every parameter by itself. */

import * as v from "valibot";
import { UsageError } from "../../core/errors.ts";
import type { MlxArray } from "../array.ts";
import { add } from "../ops.ts";
import type { Optimizer } from "./optimizer.ts";

/** Arrays of one parameter's state by their names. */
export type Parts = Readonly<Record<string, MlxArray>>;

export interface RuleInput {
  parameter: MlxArray;
  gradient: MlxArray;
  state: Parts;
  /** One float32 number. */
  rate: MlxArray;
  /** Steps done, this one counted. */
  step: MlxArray;
}

/** What an optimizer does with one parameter. */
export interface Rule {
  /** The state before the first step. */
  start(parameter: MlxArray): Parts;
  /** The parameter and its state after a step. */
  step(input: RuleInput): { parameter: MlxArray; state: Parts };
}

/** The optimizer that follows a rule. */
export function optimizerOf(name: string, rule: Rule): Optimizer {
  return {
    name,
    init(parameters) {
      return new Map([...parameters].flatMap(([path, parameter]) => named(path, rule.start(parameter))));
    },
    update({ parameters, gradients, state, rate, step }) {
      const stepped = new Map<string, MlxArray>();
      const after = new Map<string, MlxArray>();
      const done = add(step, 1);
      const partsOf = groupParts(state);
      for (const [path, gradient] of gradients) {
        const next = rule.step({
          parameter: parameters.get(path)!,
          gradient,
          state: partsOf.get(path) ?? {},
          rate,
          step: done,
        });
        stepped.set(path, next.parameter);
        for (const [name, array] of named(path, next.state)) after.set(name, array);
      }
      return { parameters: stepped, state: after };
    },
  };
}

/** Options checked; the error names the optimizer, the option and what it may be. */
export function parseOptions<T>(name: string, schema: v.GenericSchema<unknown, T>, options: unknown): T {
  const parsed = v.safeParse(schema, options);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const option = v.getDotPath(issue) ?? "";
  if (issue.type !== "strict_object" || issue.expected !== "never") {
    throw new UsageError(`the optimizer ${name} has the wrong option ${option}: ${issue.message}`);
  }
  const known = "entries" in schema ? Object.keys(schema.entries as object) : [];
  throw new UsageError(
    `the optimizer ${name} has no option "${option}"`,
    known.length > 0 ? `it has ${known.join(", ")}` : undefined,
  );
}

function named(path: string, parts: Parts): [string, MlxArray][] {
  return Object.entries(parts).map(([part, array]) => [`${path}.${part}`, array]);
}

function groupParts(state: ReadonlyMap<string, MlxArray>): Map<string, Record<string, MlxArray>> {
  const groups = new Map<string, Record<string, MlxArray>>();
  for (const [name, array] of state) {
    const dot = name.lastIndexOf(".");
    const path = name.slice(0, dot);
    const parts = groups.get(path) ?? {};
    parts[name.slice(dot + 1)] = array;
    groups.set(path, parts);
  }
  return groups;
}
