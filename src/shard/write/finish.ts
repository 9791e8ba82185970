/** Ends a set: every token of the input is accounted for, then the index is written. */
import { join } from "node:path";
import { assert } from "../../core/errors.ts";
import type { ShardPlan } from "../plan/plan.ts";
import { type ShardIndex, shardsFolder, sumCounts, writeShardIndex } from "../shard-index.ts";
import type { NewShard } from "./write-shard.ts";

/**
 * Writes `shards/shard_index.json` of a plan whose shards are all written, in any order of `entries`.
 *
 * @throws an internal error when packed, truncated and dropped tokens are not the input's to the token
 */
export async function finishShards(plan: ShardPlan, entries: readonly NewShard[]): Promise<ShardIndex> {
  assert(entries.length === plan.shards.length, `${entries.length} of ${plan.shards.length} shards are written`);
  const sums = sumCounts(entries);
  const accounted = sums.tokens + sums.truncated_tokens + sums.dropped_tokens;
  assert(accounted === plan.tokens, `${accounted} tokens are accounted for, the input has ${plan.tokens}`);
  return writeShardIndex(join(plan.outDir, shardsFolder), plan.set, entries);
}
