/** The common form of the filters: measure everything, write the scores down, then hold them against limits. */
import type { CurateSettings } from "../../config.ts";
import type { Curated, Drop, OpenStep } from "../../step.ts";
import { limitsOf } from "./thresholds.ts";

/** A document goes when a measure breaks the limit of this name. Exactly one of the four comparisons is given. */
export interface Rule<Measure extends string = string, Limit extends string = string> {
  /** Stable, kebab-case, e.g. `too-few-words`. */
  reason: string;
  measure: Measure;
  /** The measure must be at least this limit. */
  min?: Limit;
  /** The measure must be at most this limit. */
  max?: Limit;
  /** The measure must be greater than this limit. */
  above?: Limit;
  /** The measure must be less than this limit. */
  below?: Limit;
}

/** What a measured filter is made of; rules stand in the order in which the reference looks at them. */
export interface MeasuredFilter<Measure extends string, Limit extends string> {
  name: string;
  limits: (settings: CurateSettings) => Readonly<Record<Limit, number>>;
  rules: readonly Rule<Measure, Limit>[];
  /** Measures a text; every value is a finite number. May change `item.text` when the filter rewrites it. */
  measure: (item: Curated, limits: Readonly<Record<Limit, number>>) => Readonly<Record<Measure, number>>;
}

/** Makes a step of a measured filter. */
export function measuredFilter<Measure extends string, Limit extends string>(
  filter: MeasuredFilter<Measure, Limit>,
): OpenStep {
  return async (settings) => {
    const limits = limitsOf(filter.name, filter.limits(settings), settings.thresholds);
    return {
      name: filter.name,
      apply(item) {
        const scores = filter.measure(item, limits);
        for (const measure in scores) item.scores[`${filter.name}.${measure}`] = scores[measure];
        return firstBroken(filter.name, filter.rules, scores, limits);
      },
    };
  };
}

function firstBroken<Measure extends string, Limit extends string>(
  step: string,
  rules: readonly Rule<Measure, Limit>[],
  scores: Readonly<Record<Measure, number>>,
  limits: Readonly<Record<Limit, number>>,
): Drop | undefined {
  for (const { reason, measure, min, max, above, below } of rules) {
    const score = scores[measure];
    const name = min ?? max ?? above ?? below;
    if (name === undefined) continue;
    const limit = limits[name];
    const broken =
      (min !== undefined && score < limit) ||
      (max !== undefined && score > limit) ||
      (above !== undefined && score <= limit) ||
      (below !== undefined && score >= limit);
    if (broken) return { step, reason, score, limit };
  }
  return undefined;
}
