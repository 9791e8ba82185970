/** What one step of curation is: it looks at a document, may change its text, scores it, and keeps or drops it. */
import type { Document } from "../core/document.ts";
import type { CurateSettings } from "./config.ts";

/** Why a document was dropped: the measure, its value and the limit that it broke. */
export interface Drop {
  /** Name of the step, e.g. `gopher-quality@datatrove`. */
  step: string;
  /** Stable, kebab-case name of the rule, e.g. `too-few-words`. */
  reason: string;
  /** The value that was measured, and the limit; absent where the rule has no number. */
  score?: number;
  limit?: number;
}

/** A stretch of text that a modifier found, in UTF-16 code units of the text that it was given. */
export interface Span {
  start: number;
  end: number;
  /** e.g. `email`. */
  kind: string;
}

/** A document on its way through the steps. */
export interface Curated {
  readonly document: Document;
  /** The text as it is now; steps that change it assign it. */
  text: string;
  /** Measures by `step.measure`, e.g. `language.score`. */
  readonly scores: Record<string, number>;
  /** Labels, e.g. `language: "en"`, `toxicity: "…"`. */
  readonly tags: Record<string, string | number | boolean | string[]>;
}

/** One filter or modifier, made ready for use with its settings. Synchronous: everything is loaded when it is opened. */
export interface Step {
  readonly name: string;
  /** Returns why the document has to go, or undefined when it stays. Scores are set either way. */
  apply(item: Curated): Drop | undefined;
}

/** Opens a step with the settings of `curate`; files that it needs are read here, once per process. */
export type OpenStep = (settings: CurateSettings) => Promise<Step>;
