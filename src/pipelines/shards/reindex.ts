/** Rebuilds the index of a set from the headers of its shards. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { assert, MdpError } from "../../core/errors.ts";
import { sha256File } from "../../core/hash.ts";
import type { SetFacts } from "../../shard/layout.ts";
import { openShard } from "../../shard/open-shard.ts";
import { checkShard } from "../../shard/set/check-shard.ts";
import { shardFilesIn } from "../../shard/set/files.ts";
import { indexName, type ShardIndex, shardsDirOf, writeShardIndex } from "../../shard/shard-index.ts";
import type { NewShard } from "../../shard/write/write-shard.ts";
import { follow, type ShardWork } from "./progress.ts";

export interface ReindexReport {
  dir: string;
  index: ShardIndex;
  /** Shards that the set should have and has not, e.g. `val/1`; only where that was allowed. */
  missing: string[];
}

export interface ReindexOptions extends ShardWork {
  /** Accept a set of which shards are missing. */
  partial?: boolean | undefined;
}

/**
 * Writes `shard_index.json` anew; the same bytes as the run wrote, when all shards are there.
 *
 * @throws MdpError when there are no shards, they are of several sets, one is damaged, or one is missing
 */
export async function reindexShards(path: string, options: ReindexOptions = {}): Promise<ReindexReport> {
  const dir = shardsDirOf(path);
  const files = await filesOf(dir);
  const step = follow(options, files.length);
  const shards: NewShard[] = [];
  let set: SetFacts | undefined;
  for (const file of files) {
    const where = join(dir, file);
    const open = await openShard(where);
    const [problem] = checkShard(open);
    if (problem) throw broken(where, problem);
    set ??= open.set;
    if (!Bun.deepEquals(open.set, set)) throw mixed(where, set, open.set);
    const { size } = statSync(where);
    shards.push({ path: file, bytes: size, hash: await sha256File(where), ...open.shard });
    step(size);
  }
  assert(set, "there is at least one shard");
  const missing = missingOf(set, shards);
  if (missing.length > 0 && !options.partial) throw incomplete(dir, missing);
  return { dir, index: await writeShardIndex(dir, set, shards), missing };
}

async function filesOf(dir: string): Promise<string[]> {
  let files: string[] = [];
  try {
    files = await shardFilesIn(dir);
  } catch {
    // A folder that is not there has no shards.
  }
  if (files.length > 0) return files;
  throw new MdpError({
    code: "no-shards",
    message: "there are no shards in this folder",
    where: dir,
    hint: "give the folder that `mdp shard --out` wrote",
  });
}

/** Numbers that no shard of a split has, as `split/number`. */
function missingOf(set: SetFacts, shards: readonly NewShard[]): string[] {
  return set.split_names.flatMap((split, position) => {
    const numbers = new Set(shards.filter((shard) => shard.split === split).map(({ number }) => number));
    const expected = Array.from({ length: set.split_shards[position]! }, (_, number) => number);
    return expected.filter((number) => !numbers.has(number)).map((number) => `${split}/${number}`);
  });
}

function broken(where: string, problem: string): MdpError {
  return new MdpError({
    code: "shard-damaged",
    message: `a shard is damaged: ${problem}`,
    where,
    hint: "make it again with `mdp shard … --overwrite`, or remove it and use --partial",
  });
}

function mixed(where: string, first: SetFacts, other: SetFacts): MdpError {
  const key = (Object.keys(first) as (keyof SetFacts)[]).find((name) => !Bun.deepEquals(first[name], other[name]))!;
  const [a, b] = [first, other].map((set) => JSON.stringify(set[key]));
  return new MdpError({
    code: "shards-mixed",
    message: `the folder has shards of several sets: ${key} is ${a} and ${b}`,
    where,
    hint: "keep each set in its own folder; `mdp shard merge` makes one set of several",
  });
}

function incomplete(dir: string, missing: readonly string[]): MdpError {
  const shown = missing.slice(0, 5).join(", ");
  return new MdpError({
    code: "shards-missing",
    message: `${missing.length} ${missing.length === 1 ? "shard" : "shards"} of the set missing: ${shown}${missing.length > 5 ? ", …" : ""}`,
    where: join(dir, indexName),
    hint: "finish the run with `mdp shard … --resume`, or index what is there with --partial",
  });
}
