/** Documents on their way through the steps of curation, made in tests. */
import type { Metadata } from "../../src/core/document.ts";
import type { Curated } from "../../src/curate/step.ts";
import { documentOf } from "./documents.ts";

export function curatedOf(text: string, metadata: Metadata = {}): Curated {
  return { document: { ...documentOf(text), metadata }, text, scores: {}, tags: {} };
}
