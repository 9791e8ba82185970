/** The steps of a run in their order, and what each of them did. */
import { UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";
import { classifiers } from "./classifiers/index.ts";
import type { CurateSettings } from "./config.ts";
import { checkThresholds, filters } from "./filters/index.ts";
import { modifiers } from "./modifiers/index.ts";
import type { Curated, Drop, OpenStep, Step } from "./step.ts";

/** What one step did with the documents that reached it. */
export interface StepCounts {
  name: string;
  /** Documents that reached the step. */
  seen: number;
  /** Documents whose text it changed. */
  changed: number;
  /** Documents that it dropped, by reason. */
  dropped: Record<string, number>;
}

export class Chain {
  readonly #steps: readonly Step[];
  readonly counts: StepCounts[];

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    this.counts = steps.map(({ name }) => emptyCounts(name));
  }

  /** Runs the steps until one drops the document. */
  apply(item: Curated): Drop | undefined {
    for (let i = 0; i < this.#steps.length; i++) {
      const counts = this.counts[i]!;
      const before = item.text;
      counts.seen++;
      const drop = this.#steps[i]!.apply(item);
      if (item.text !== before) counts.changed++;
      if (!drop) continue;
      countDrop(counts, drop);
      return drop;
    }
    return undefined;
  }
}

export function emptyCounts(name: string): StepCounts {
  return { name, seen: 0, changed: 0, dropped: {} };
}

export function countDrop(counts: StepCounts, { reason }: Drop): void {
  counts.dropped[reason] = (counts.dropped[reason] ?? 0) + 1;
}

/**
 * The steps that settings ask for: modifiers, then filters in their given order, then scores and decontamination.
 * Personal data is not among them: it is looked for last of all, in what is kept.
 *
 * @throws UsageError for a name that no step has, in `filters` or `thresholds`
 */
export async function openChain(settings: CurateSettings): Promise<Chain> {
  checkThresholds(settings);
  const steps: Step[] = [];
  for (const name of settings.modifiers) steps.push(await (await modifiers.load(name))(settings));
  for (const name of filterNames(settings)) steps.push(await (await loadFilter(name))(settings));
  for (const name of scorers(settings)) steps.push(await (await classifiers.load(name))(settings));
  return new Chain(steps);
}

/** A list or model that is named switches its filter on, where the order of filters does not place it. */
function filterNames(settings: CurateSettings): string[] {
  const { filters: given, urlBlocklist, badWords, perplexityModel } = settings;
  const url = urlBlocklist !== undefined && !given.includes("url") ? ["url"] : [];
  const usesWords = given.some((name) => name.endsWith("badwords") || name === "bad-words");
  const words = badWords !== undefined && !usesWords ? ["bad-words"] : [];
  const perplexity = perplexityModel !== undefined && !given.includes("perplexity") ? ["perplexity"] : [];
  return [...url, ...given, ...words, ...perplexity];
}

function loadFilter(name: string): Promise<OpenStep> {
  if (filters.has(name)) return filters.load(name);
  if (classifiers.has(name)) return classifiers.load(name);
  const names = [...filters.names, ...classifiers.names];
  const near = closest(name, names);
  throw new UsageError(
    `unknown filter "${name}"`,
    `${near ? `did you mean "${near}"? ` : ""}known: ${names.join(", ")}`,
  );
}

function scorers(settings: CurateSettings): string[] {
  const names: string[] = [];
  if (settings.toxicity === "drop" && settings.toxicityModel === undefined) {
    throw new UsageError(
      "toxicity cannot drop documents without a model: the built-in word list only scores",
      "name a classifier with --toxicity-model, or use --toxicity score",
    );
  }
  if (settings.toxicity === "score" && settings.toxicityModel === undefined) names.push("toxicity");
  if (settings.decontaminate.length > 0) names.push("decontaminate");
  return names.filter((name) => !settings.filters.includes(name));
}
