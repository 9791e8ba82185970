/** What a preset is: values of some settings, which whatever is given beside it overrides. */
import type * as v from "valibot";
import type { CurateSettings } from "../../curate/config.ts";
import type { DedupSettings } from "../../curate/dedup/config.ts";
import type { ShardSettings } from "../../shard/config.ts";

export interface Preset {
  /** One sentence for people. */
  summary: string;
  curate?: v.InferInput<typeof CurateSettings>;
  dedup?: v.InferInput<typeof DedupSettings>;
  shard?: v.InferInput<typeof ShardSettings>;
}
