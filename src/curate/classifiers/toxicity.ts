/**
 * Toxicity by a list of words: the measure that needs no model. It never drops a document: a word list cannot tell a
 * slur from a text about slurs, so it only scores and tags. A model that may drop: `toxicityModel`.
 */
import { UsageError } from "../../core/errors.ts";
import type { CurateSettings } from "../config.ts";
import type { Curated, Drop, OpenStep, Step } from "../step.ts";
import { scanText } from "./toxicity/scan.ts";
import { kinds } from "./toxicity/words.ts";

/** Texts shorter than this count as this long, so that one mild word in a short line is not the extreme. */
const FEWEST_WORDS = 20;
/** Weight per word at which the score is 1 - 1/e: one slur, or four profanities, in fifty words. */
const SCALE = 50;
const CHARS_PER_WORD = 6;

/**
 * Sets `toxicity.score` (0 to 1, by weight of listed words per word), `toxicity.words` (how many), and the tag
 * `toxicity`, the kinds that were found, when there are any. Keeps every document.
 */
const open: OpenStep = async (settings: CurateSettings): Promise<Step> => {
  if (settings.toxicity === "drop" && settings.toxicityModel === undefined) {
    throw new UsageError(
      "toxicity: drop needs a model; the word list only scores and tags",
      "set toxicityModel to the folder of a classifier, or toxicity to score",
    );
  }
  return { name: "toxicity", apply };
};
export default open;

function apply(item: Curated): Drop | undefined {
  const { words, hits, weight } = scanText(item.text);
  // Scripts without spaces have few words.
  const length = Math.max(words, item.text.length / CHARS_PER_WORD, FEWEST_WORDS);
  item.scores["toxicity.score"] = weight === 0 ? 0 : 1 - Math.exp((-weight * SCALE) / length);
  item.scores["toxicity.words"] = hits.reduce((sum, count) => sum + count, 0);
  const present = kinds.filter((_, index) => hits[index]! > 0);
  if (present.length > 0) item.tags.toxicity = present;
  return undefined;
}
