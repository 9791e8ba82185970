/** The rules of Gopher's MassiveText (Rae et al. 2021, A.1): quality, repetition, then copies at 0.8. */
import type { Preset } from "./preset.ts";

export const gopher: Preset = {
  summary: "Gopher's rules of quality and repetition, copies at a Jaccard similarity of 0.8 removed.",
  curate: {
    filters: ["language", "gopher-quality@datatrove", "gopher-repetition@datatrove"],
    languages: ["en"],
  },
  dedup: { method: ["exact", "minhash"], threshold: 0.8, ngramWords: 13 },
};
