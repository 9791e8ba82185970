/** The default's steps on a large machine. */
import type { Preset } from "./preset.ts";
import { small } from "./small.ts";

export const production: Preset = {
  summary: "The steps of small with 64 GB of memory and shards of 1 GB.",
  ...(small.curate ? { curate: small.curate } : {}),
  dedup: { ...small.dedup, memoryBytes: 64_000_000_000 },
  shard: { maxShardSizeBytes: 1_000_000_000, maxTokensPerShard: 500_000_000 },
};
