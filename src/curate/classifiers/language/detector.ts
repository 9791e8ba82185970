/** What tells the language of a text. */

export interface Guess {
  /** ISO 639-1, or a longer code where the language has no two letters; `und` when the text does not tell. */
  language: string;
  /** How certain that is, 0 to 1; 0 for `und`. */
  score: number;
}

export interface LanguageDetector {
  /** Codes of the languages that it knows. */
  readonly languages: readonly string[];
  detect(text: string): Guess;
}

/** ISO 639's code for a language that could not be told. */
export const UNDETERMINED: Guess = { language: "und", score: 0 };
