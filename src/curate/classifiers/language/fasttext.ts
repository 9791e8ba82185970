/** Language by a fastText model, e.g. lid.176. */

import { openFasttext } from "../fasttext/model.ts";
import type { LanguageDetector } from "./detector.ts";
import { UNDETERMINED } from "./detector.ts";
import { sample } from "./sample.ts";

/** Four pieces of this length stand for a longer text. */
const PIECE_CHARS = 500;
const LETTER = /\p{L}/u;

/**
 * Opens the model in a file. Its labels are the languages (`en` of `__label__en`), its scores the certainty. fastText
 * finds a language in anything, also in nothing: a text without a letter is `und` here.
 */
export function openFasttextDetector(path: string): LanguageDetector {
  const model = openFasttext(path);
  return {
    languages: model.labels,
    detect(text) {
      const pieces = sample(text, PIECE_CHARS);
      if (!pieces.some((piece) => LETTER.test(piece))) return UNDETERMINED;
      const found = model.predict(pieces.join(" "));
      return found ? { language: found.label, score: Math.min(1, found.score) } : UNDETERMINED;
    },
  };
}
