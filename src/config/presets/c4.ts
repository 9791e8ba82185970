/** The rules of C4 (Raffel et al. 2020, 2.2): lines that end a sentence, and repeated spans of three sentences cut. */
import type { Preset } from "./preset.ts";

export const c4: Preset = {
  summary: "C4's rules for lines and pages, repeated spans of three sentences cut.",
  curate: {
    filters: ["language", "c4-quality@tfds"],
    languages: ["en"],
    // C4 asks langdetect for 0.99. eld certifies even plain English with 0.95 to 0.989, and would drop all of it.
    minLanguageScore: 0.9,
  },
  dedup: { method: ["sentences"], spanSentences: 3 },
};
