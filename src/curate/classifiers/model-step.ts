/** A model's scores as a step of curation: for whole batches, since models are fast only in batches. */
import { assert } from "../../core/errors.ts";
import type { Classifier } from "../../core/ports.ts";
import type { Curated, Drop } from "../step.ts";
import { columnOf, isOpposite, type Measure } from "./shared/label.ts";

export interface ScoreOptions {
  /** Which score it is; the step is called the same. */
  measure: Measure;
  /** Higher scores drop the document; absent drops none. */
  max?: number;
  /** Lower scores drop the document; absent drops none. */
  min?: number;
}

/** A label is told with the document from this score on. */
const LIKELY = 0.5;

/**
 * Sets `toxicity.score` or `quality.score` of each document to the column of its measure (`columnOf` says which), and
 * the tag of that name to the labels that score at least 0.5, those of the opposite left out. Why a document has to go,
 * by position; undefined for what stays. A model without a fitting label is an `MdpError` that lists its labels.
 */
export async function scoreBatch(
  items: readonly Curated[],
  classifier: Classifier,
  { measure, max, min }: ScoreOptions,
): Promise<(Drop | undefined)[]> {
  const { labels } = classifier;
  const column = columnOf(measure, labels, classifier.name);
  const scores = await classifier.classify(items.map(({ text }) => text));
  assert(scores.length === items.length * labels.length, "a classifier gave another number of scores");
  return items.map((item, row) => {
    const own = scores.subarray(row * labels.length, (row + 1) * labels.length);
    const score = own[column]!;
    item.scores[`${measure}.score`] = score;
    const likely = labels.filter((label, index) => own[index]! >= LIKELY && !isOpposite(measure, label));
    if (likely.length > 0) item.tags[measure] = likely;
    if (max !== undefined && score > max) return { step: measure, reason: `${measure}-too-high`, score, limit: max };
    if (min !== undefined && score < min) return { step: measure, reason: `${measure}-too-low`, score, limit: min };
    return undefined;
  });
}
