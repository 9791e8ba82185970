/** Ends a set: every token of the input is accounted for, then the index is written. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { assert, MdpError } from "../../core/errors.ts";
import type { ShardPlan } from "../plan/plan.ts";
import { shardFilesIn } from "../set/files.ts";
import { type ShardIndex, shardsFolder, sumCounts, writeShardIndex } from "../shard-index.ts";
import type { NewShard } from "./write-shard.ts";

/**
 * Writes `shards/shard_index.json` of a plan whose shards are all written, in any order of `entries`. What processes
 * that were killed left under temporary names is removed.
 *
 * @throws an internal error when packed, truncated and dropped tokens are not the input's to the token; MdpError when
 * the folder has shards of another plan
 */
export async function finishShards(plan: ShardPlan, entries: readonly NewShard[]): Promise<ShardIndex> {
  assert(entries.length === plan.shards.length, `${entries.length} of ${plan.shards.length} shards are written`);
  const sums = sumCounts(entries);
  const accounted = sums.tokens - (sums.repeated_tokens ?? 0) + sums.truncated_tokens + sums.dropped_tokens;
  assert(accounted === plan.tokens, `${accounted} tokens are accounted for, the input has ${plan.tokens}`);
  const dir = join(plan.outDir, shardsFolder);
  if (entries.length > 0) await tidy(dir, new Set(entries.map(({ path }) => path)));
  return writeShardIndex(dir, plan.set, entries);
}

async function tidy(dir: string, own: ReadonlySet<string>): Promise<void> {
  const foreign = (await shardFilesIn(dir)).find((path) => !own.has(path));
  if (foreign !== undefined) {
    throw new MdpError({
      code: "shards-foreign",
      message: "the folder has a shard that this run did not write",
      where: join(dir, foreign),
      hint: "give another folder with --out, or replace what is there with --overwrite",
    });
  }
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && entry.name.endsWith(".partial")) await rm(join(entry.parentPath, entry.name));
  }
}
