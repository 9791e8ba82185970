/** The language of a text, when it is long enough to tell. */

const MIN_CHARS = 50;
const SAMPLE_CHARS = 1_000;

type Detector = { detect(text: string): { language: string; isReliable(): boolean } };
let detector: Promise<Detector> | undefined;

/**
 * ISO 639-1 code, or null when the text is short or the guess is not reliable. About 0.03 ms per text; the first call
 * loads a table of some 60 MB.
 */
export async function detectLanguage(text: string): Promise<string | null> {
  if (text.length <= MIN_CHARS) return null;
  detector ??= import("eld/extrasmall").then(({ eld }) => eld as Detector);
  const guess = (await detector).detect(text.slice(0, SAMPLE_CHARS));
  return guess.language !== "" && guess.isReliable() ? guess.language : null;
}
