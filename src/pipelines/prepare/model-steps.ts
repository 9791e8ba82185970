/** Classifiers on MLX, scored in batches behind the plain steps. */

import type { Classifier } from "../../core/ports.ts";
import { countDrop, emptyCounts, type StepCounts } from "../../curate/chain.ts";
import type { CurateSettings } from "../../curate/config.ts";
import type { Curated, Drop } from "../../curate/step.ts";

/** Documents scored together: enough to sort by length, few enough to hold. */
const BATCH = 64;

type Measure = "toxicity" | "quality";
type Scorer = (items: Curated[]) => Promise<(Drop | undefined)[]>;

export class ModelSteps {
  readonly #scorers: readonly Scorer[];
  readonly counts: StepCounts[];
  #items: Curated[] = [];

  private constructor(steps: readonly { measure: Measure; score: Scorer }[]) {
    this.#scorers = steps.map(({ score }) => score);
    this.counts = steps.map(({ measure }) => emptyCounts(measure));
  }

  static async open(settings: CurateSettings): Promise<ModelSteps> {
    const steps: { measure: Measure; score: Scorer }[] = [];
    const { toxicity, toxicityModel, maxToxicity, qualityModel, minQuality } = settings;
    if ((toxicity === "off" || toxicityModel === undefined) && qualityModel === undefined) return new ModelSteps([]);
    const { scoreBatch } = await import("../../curate/classifiers/model-step.ts");
    if (toxicity !== "off" && toxicityModel !== undefined) {
      const classifier = await openModel(toxicityModel);
      const max = toxicity === "drop" ? maxToxicity : undefined;
      steps.push({
        measure: "toxicity",
        score: (items) => scoreBatch(items, classifier, { measure: "toxicity", ...(max === undefined ? {} : { max }) }),
      });
    }
    if (qualityModel !== undefined) {
      const classifier = await openModel(qualityModel);
      steps.push({
        measure: "quality",
        score: (items) => scoreBatch(items, classifier, { measure: "quality", min: minQuality }),
      });
    }
    return new ModelSteps(steps);
  }

  /** Whether any model is asked for. */
  get active(): boolean {
    return this.#scorers.length > 0;
  }

  /** Takes a document; true when a batch is full. */
  add(item: Curated): boolean {
    return this.#items.push(item) >= BATCH;
  }

  /** Scores what was taken, in its order. */
  async score(): Promise<{ item: Curated; drop: Drop | undefined }[]> {
    const items = this.#items;
    this.#items = [];
    const drops = items.map((): Drop | undefined => undefined);
    for (const [i, score] of this.#scorers.entries()) {
      const counts = this.counts[i]!;
      const left = items.flatMap((_, at) => (drops[at] ? [] : [at]));
      if (left.length === 0) break;
      counts.seen += left.length;
      for (const [k, drop] of (await score(left.map((at) => items[at]!))).entries()) {
        if (!drop) continue;
        countDrop(counts, drop);
        drops[left[k]!] = drop;
      }
    }
    return items.map((item, at) => ({ item, drop: drops[at] }));
  }
}

/** A fastText model by its file's name, else a folder with a classifier for MLX, which takes memory in each worker. */
async function openModel(path: string): Promise<Classifier> {
  const { isFasttextPath, openFasttextClassifier } = await import("../../curate/classifiers/fasttext-classifier.ts");
  if (isFasttextPath(path)) return openFasttextClassifier(path);
  const { openClassifier } = await import("../../embed/classifier.ts");
  return openClassifier(path);
}
