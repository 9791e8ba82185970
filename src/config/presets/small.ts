/** The default: a first clean corpus of English text on one machine. */
import type { Preset } from "./preset.ts";

export const small: Preset = {
  summary: "Plain filters, English, copies removed, personal data redacted; 4 GB of memory, shards of 100 MB.",
  curate: {
    modifiers: ["unicode"],
    filters: ["length", "words", "unique-words", "special-chars", "language"],
    languages: ["en"],
    pii: "redact",
    toxicity: "score",
  },
  dedup: { method: ["exact", "minhash"], memoryBytes: 4_000_000_000 },
  shard: { maxShardSizeBytes: 100_000_000 },
};
