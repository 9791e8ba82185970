/** The common form of the filters: measure everything, write the scores down, then hold them against limits. */
import type { CurateSettings } from "../../config.ts";
import type { Curated, Drop, OpenStep, Step } from "../../step.ts";
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
  rules: readonly Rule<NoInfer<Measure>, NoInfer<Limit>>[];
  /** Measures a document; every value is a finite number, and the names are the same each time. */
  measure: (item: Curated, limits: Readonly<Record<NoInfer<Limit>, number>>) => Readonly<Record<Measure, number>>;
  /** Changes the text of a document that stays; called right after `measure` for the same document. */
  rewrite?: (item: Curated) => void;
}

/** Makes a step of a measured filter. */
export function measuredFilter<Measure extends string, Limit extends string>(
  filter: MeasuredFilter<Measure, Limit>,
): OpenStep {
  return async (settings) => openMeasured(filter, settings);
}

/** Opens a measured filter whose parts were made for these settings. */
export function openMeasured<Measure extends string, Limit extends string>(
  filter: MeasuredFilter<Measure, Limit>,
  settings: CurateSettings,
): Step {
  const { name, rules } = filter;
  const limits = limitsOf(name, filter.limits(settings), settings.thresholds);
  let keys: Readonly<Record<string, string>> | undefined;
  return {
    name,
    apply(item) {
      const scores = filter.measure(item, limits);
      keys ??= Object.fromEntries(Object.keys(scores).map((measure) => [measure, `${name}.${measure}`]));
      for (const measure in scores) item.scores[keys[measure]!] = scores[measure];
      const drop = firstBroken(name, rules, scores, limits);
      if (drop === undefined) filter.rewrite?.(item);
      return drop;
    },
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
