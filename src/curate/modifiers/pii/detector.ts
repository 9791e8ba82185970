/** What a detector of personal data is: a kind, what sets it off, and an exact look at that place. */
import type { Span } from "../../step.ts";

export const piiKinds = ["secret", "email", "iban", "card", "ssn", "national-id", "ip", "phone", "address"] as const;
/** Kinds of personal data; where two overlap, the one that stands first here wins. */
export type PiiKind = (typeof piiKinds)[number];

/** A stretch of digits and what joins them, measured once for all detectors that start from digits. */
export interface Digits {
  /** Offset of its first digit, which no digit precedes. */
  start: number;
  /** End of the first unbroken run of digits. */
  runEnd: number;
  /** Digits in the stretch: runs joined by at most three spaces, dots, hyphens, slashes or brackets. */
  count: number;
  /** Start of the word (ASCII letters, digits) that holds the first digit. */
  wordStart: number;
}

export interface PiiSpan extends Span {
  kind: PiiKind;
}

/** Looks at one place of a text; a detector reads a bounded number of characters around it. */
export type Look<Place> = (text: string, place: Place) => PiiSpan | undefined;

/** Per kind of trigger, the looks that it sets off, in order of precedence. */
export interface Detector {
  readonly kind: PiiKind;
  /** At a stretch of digits. */
  readonly digits?: Look<Digits>;
  /** Fewest digits of a stretch that are worth the look; 1 by default. */
  readonly fewestDigits?: number;
  /** Whether letters may stand right before the first digit: "only", "never", or both ways by default. */
  readonly lettersBefore?: "only" | "never";
  /** At an `@`, or at the bracket of `(at)`. */
  readonly at?: Look<number>;
  /** At a `:` or `=`. */
  readonly assignment?: Look<number>;
  /** At a word of ten or more letters, digits, `_` and `-`: [start, end). */
  readonly word?: (text: string, start: number, end: number) => PiiSpan | undefined;
}
