/** The rules of C4 (Raffel et al. 2020, 2.2): lines that end a sentence, and repeated spans of three sentences cut. */
import type { Preset } from "./preset.ts";

export const c4: Preset = {
  summary: "C4's rules for lines and pages, repeated spans of three sentences cut.",
  curate: {
    filters: ["language", "c4-quality@tfds"],
    languages: ["en"],
    minLanguageScore: 0.99,
  },
  dedup: { method: ["sentences"], spanSentences: 3 },
};
