/** A supervised fastText model behind the `Classifier` port: quality and toxicity without MLX, e.g. DCLM's and Dolma's. */
import { basename } from "node:path";
import type { Classifier } from "../../core/ports.ts";
import { openFasttext } from "./fasttext/model.ts";

/** Whether a path is that of a fastText model (`.bin`, `.ftz`) and not a folder. */
export function isFasttextPath(path: string): boolean {
  return /\.(bin|ftz)$/.test(path);
}

/**
 * Opens the model in a file. Its scores are fastText's, cut to 1; a text none of whose words says anything has 0 for
 * every label. Texts are scored whole, line ends taken as spaces.
 */
export function openFasttextClassifier(path: string): Classifier {
  const model = openFasttext(path);
  const width = model.labels.length;
  return {
    name: basename(path),
    labels: model.labels,
    async classify(texts) {
      const scores = new Float32Array(texts.length * width);
      for (const [row, text] of texts.entries()) {
        scores.set(model.scores(text)?.map((score) => Math.min(1, score)) ?? [], row * width);
      }
      return scores;
    },
    [Symbol.dispose]() {},
  };
}
