/** Perplexity of a text under an n-gram model: low for text like that which the model was trained on. */
import { UsageError } from "../../core/errors.ts";
import type { CurateSettings } from "../config.ts";
import type { Curated, Drop, OpenStep, Step } from "../step.ts";
import { type NgramModel, perplexityOf } from "./perplexity/model.ts";
import { openNgramModel } from "./perplexity/open.ts";

const NAME = "perplexity";

/**
 * Sets `perplexity.score` (per word, each line a sentence, as KenLM and CCNet have it) and `perplexity.unknown` (share
 * of words that the model does not know). Words stand between ASCII spaces: the model has to be trained on text that is
 * split and cased as the documents are. A text without words has the score 0. More than `maxPerplexity` drops it.
 */
const open: OpenStep = async (settings: CurateSettings): Promise<Step> => {
  if (settings.perplexityModel === undefined) {
    throw new UsageError("the filter perplexity needs a model", "set perplexityModel to an ARPA file");
  }
  const model = await openNgramModel(settings.perplexityModel);
  return { name: NAME, apply: (item) => judge(item, model, settings.maxPerplexity) };
};
export default open;

function judge(item: Curated, model: NgramModel, limit: number): Drop | undefined {
  const found = model.score(item.text);
  const score = perplexityOf(found);
  item.scores["perplexity.score"] = score;
  item.scores["perplexity.unknown"] = found.words === 0 ? 0 : found.unknown / found.words;
  return score > limit ? { step: NAME, reason: "perplexity-too-high", score, limit } : undefined;
}
