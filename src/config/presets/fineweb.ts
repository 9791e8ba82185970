/**
 * The steps of FineWeb in their order, as `examples/fineweb.py` of datatrove has them; personal data comes last. Its filter
 * of addresses runs first where `urlBlocklist` names a list.
 */
import type { Preset } from "./preset.ts";

export const fineweb: Preset = {
  summary: "The filters of FineWeb in its order, MinHash 14 x 8 over 5-grams, e-mail and IP addresses replaced.",
  curate: {
    filters: [
      "language",
      "gopher-repetition@datatrove",
      "gopher-quality@datatrove",
      "c4-quality@fineweb",
      "fineweb-quality@datatrove",
    ],
    languages: ["en"],
    minLanguageScore: 0.65,
    pii: "replace",
    piiKinds: ["email", "ip"],
  },
  dedup: { method: ["minhash"], ngramWords: 5, bands: 14, rows: 8 },
};
