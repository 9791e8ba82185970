/** Reads every shard of a set and says which are damaged and why. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../../core/errors.ts";
import { sha256File } from "../../core/hash.ts";
import { SetFacts, ShardFacts } from "../../shard/layout.ts";
import { openShard } from "../../shard/open-shard.ts";
import { checkShard } from "../../shard/set/check-shard.ts";
import { shardFilesIn } from "../../shard/set/files.ts";
import { indexName, indexOf, readShardIndex, type ShardEntry, type ShardIndex } from "../../shard/shard-index.ts";
import { follow, type ShardWork } from "./progress.ts";

export interface Problem {
  /** Relative to the folder of the index. */
  path: string;
  problem: string;
}

export interface VerifyReport {
  dir: string;
  shards: number;
  bytes: number;
  tokens: number;
  /** Sorted by path; empty when every shard is what the index says. */
  problems: Problem[];
}

/**
 * Checks hashes, headers and contents of all shards, and the sums of the index.
 *
 * @throws MdpError when there is no index, or it cannot be read
 */
export async function verifyShards(path: string, work: ShardWork = {}): Promise<VerifyReport> {
  const { index, dir } = await readShardIndex(path);
  const problems: Problem[] = [];
  const step = follow(work, index.shards.length);
  for (const entry of index.shards) {
    for (const problem of await problemsOf(dir, index, entry)) problems.push({ path: entry.path, problem });
    step(entry.bytes);
  }
  const known = new Set(index.shards.map((entry) => entry.path));
  for (const file of await shardFilesIn(dir)) {
    if (!known.has(file)) problems.push({ path: file, problem: "it is not in the index" });
  }
  if (!Bun.deepEquals(indexOf(v.parse(SetFacts, index), index.shards), index)) {
    problems.push({ path: indexName, problem: "its sums are not those of its shards" });
  }
  problems.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const bytes = index.shards.reduce((sum, entry) => sum + entry.bytes, 0);
  return { dir, shards: index.num_shards, bytes, tokens: index.total_tokens, problems };
}

async function problemsOf(dir: string, index: ShardIndex, entry: ShardEntry): Promise<string[]> {
  const path = join(dir, entry.path);
  if (!existsSync(path)) return ["it is missing"];
  const problems: string[] = [];
  const { size } = statSync(path);
  if (size !== entry.bytes) problems.push(`it has ${size} bytes, the index says ${entry.bytes}`);
  if ((await sha256File(path)) !== entry.hash) problems.push("its SHA-256 is not that of the index");
  try {
    const open = await openShard(path);
    if (!Bun.deepEquals(open.set, v.parse(SetFacts, index))) problems.push("it belongs to another set");
    if (!Bun.deepEquals(open.shard, v.parse(ShardFacts, entry))) problems.push("its header is not what the index says");
    problems.push(...checkShard(open));
  } catch (error) {
    if (!(error instanceof MdpError)) throw error;
    problems.push(error.message);
  }
  return problems;
}
