/** Limits of filters that a user changed: `gopher-quality@datatrove.minWords=30`. */
import { UsageError } from "../../../core/errors.ts";
import { closest } from "../../../core/suggest.ts";

export interface Threshold {
  step: string;
  key: string;
  value: number;
}

/** One changed limit; a `UsageError` that shows the form when it has another. */
export function parseThreshold(given: string): Threshold {
  const [, step, key, value] = /^(.+)\.([A-Za-z]\w*)=(.+)$/.exec(given.trim()) ?? [];
  const number = Number(value);
  if (!step || !key || value?.trim() === "" || !Number.isFinite(number)) {
    throw new UsageError(
      `thresholds: "${given}" is not a changed limit`,
      "write step.limit=number, e.g. gopher-quality@datatrove.minWords=30",
      "thresholds",
    );
  }
  return { step, key, value: number };
}

/** A step's limits with the user's changes; a `UsageError` that lists the step's limits when one is unknown. */
export function limitsOf<Key extends string>(
  step: string,
  defaults: Readonly<Record<Key, number>>,
  thresholds: readonly string[],
): Record<Key, number> {
  const limits: Record<string, number> = { ...defaults };
  for (const threshold of thresholds.map(parseThreshold)) {
    if (threshold.step !== step) continue;
    if (!Object.hasOwn(limits, threshold.key))
      throw unknownName(`limit of ${step}`, threshold.key, Object.keys(limits));
    limits[threshold.key] = threshold.value;
  }
  return limits as Record<Key, number>;
}

/** Refuses thresholds of steps that do not exist; the error lists those that do. */
export function checkThresholdSteps(thresholds: readonly string[], known: readonly string[]): void {
  for (const { step } of thresholds.map(parseThreshold)) {
    if (!known.includes(step)) throw unknownName("filter", step, known);
  }
}

function unknownName(kind: string, name: string, known: readonly string[]): UsageError {
  const near = closest(name, known);
  return new UsageError(
    `thresholds: unknown ${kind} "${name}"`,
    `${near ? `did you mean "${near}"? ` : ""}known: ${known.length === 0 ? "none" : known.join(", ")}`,
    "thresholds",
  );
}
