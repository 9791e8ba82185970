/**
 * The language of a text: labels each document, and keeps those in the allowed languages. By eld's n-grams, or by a
 * fastText model where `languageModel` names its file; then languages are called as its labels are.
 *
 * A text that is too short to tell, or that has no letters, is labelled `und` with score 0. With a list of allowed
 * languages it is dropped as `language-unknown`; it never passes as one of them. Without a list nothing is dropped.
 */
import { UsageError } from "../../core/errors.ts";
import { closest } from "../../core/suggest.ts";
import type { CurateSettings } from "../config.ts";
import type { Curated, Drop, OpenStep, Step } from "../step.ts";
import { type LanguageDetector, UNDETERMINED } from "./language/detector.ts";
import { openEld } from "./language/eld.ts";
import { openFasttextDetector } from "./language/fasttext.ts";

const NAME = "language";

/** Sets `language.score` and the tag `language`. A language that the model does not know is a `UsageError`. */
const open: OpenStep = async (settings: CurateSettings): Promise<Step> => {
  const model = settings.languageModel;
  const detector = model === undefined ? await openEld() : openFasttextDetector(model);
  checkLanguages(settings.languages, detector);
  const allowed = new Set(settings.languages);
  const limit = settings.minLanguageScore;
  return { name: NAME, apply: (item) => judge(item, detector, allowed, limit) };
};
export default open;

function judge(
  item: Curated,
  detector: LanguageDetector,
  allowed: ReadonlySet<string>,
  limit: number,
): Drop | undefined {
  const { language, score } = detector.detect(item.text);
  item.tags.language = language;
  item.scores["language.score"] = score;
  if (allowed.size === 0) return undefined;
  if (language === UNDETERMINED.language) return { step: NAME, reason: "language-unknown", score, limit };
  if (!allowed.has(language)) return { step: NAME, reason: "language-not-allowed", score };
  return score < limit ? { step: NAME, reason: "language-uncertain", score, limit } : undefined;
}

function checkLanguages(languages: readonly string[], detector: LanguageDetector): void {
  for (const code of languages) {
    if (detector.languages.includes(code)) continue;
    const near = closest(code, detector.languages);
    throw new UsageError(
      `languages: the model does not know "${code}"`,
      `${near ? `did you mean "${near}"? ` : ""}known: ${[...detector.languages].sort().join(", ")}`,
    );
  }
}
