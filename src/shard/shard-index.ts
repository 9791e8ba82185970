/** `shard_index.json`: which shards a set has and what is in them; written last, so that its presence means complete. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { assert, MdpError, messageOf } from "../core/errors.ts";
import { writeWhole } from "../core/new-file.ts";
import { SetFacts, ShardCounts, ShardFacts } from "./layout.ts";

export const shardsFolder = "shards";
export const indexName = "shard_index.json";
/** How `hash` is made: over the whole file as it stands, so `sha256sum` gives the same. */
export const hashAlgorithm = "sha256";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** One shard in the index. */
export const ShardEntry = v.object({
  /** Its position in the index. */
  id: count,
  /** Relative to the index's folder, with `/`. */
  path: v.string(),
  bytes: count,
  hash: v.string(),
  ...ShardFacts.entries,
});
export type ShardEntry = v.InferOutput<typeof ShardEntry>;

const SplitReport = v.object({ shards: count, ...ShardCounts.entries });

export const ShardIndex = v.object({
  num_shards: count,
  total_samples: count,
  total_tokens: count,
  ...SetFacts.entries,
  hash_algorithm: v.literal(hashAlgorithm),
  /** Sums over all shards. `efficiency`: share of the cells of all rows that hold real tokens; 1 for flat shards. */
  report: v.object({ ...ShardCounts.entries, efficiency: v.number() }),
  /** By name, in the order in which they were set. */
  splits: v.record(v.string(), SplitReport),
  shards: v.array(ShardEntry),
});
export type ShardIndex = v.InferOutput<typeof ShardIndex>;

const zero: ShardCounts = {
  samples: 0,
  tokens: 0,
  documents: 0,
  padding_tokens: 0,
  truncated_tokens: 0,
  dropped_tokens: 0,
};

/** Sums of counts. */
export function sumCounts(counts: readonly ShardCounts[]): ShardCounts {
  const sums: ShardCounts = { ...zero };
  for (const one of counts) {
    for (const key of Object.keys(ShardCounts.entries) as (keyof ShardCounts)[]) {
      if (one[key] !== undefined) sums[key] = (sums[key] ?? 0) + one[key];
    }
  }
  return sums;
}

/** Share of cells that hold real tokens; 1 where there are no cells. */
export function efficiencyOf({ tokens, padding_tokens: padding }: ShardCounts): number {
  return tokens + padding === 0 ? 1 : tokens / (tokens + padding);
}

/** The index of a set: a function of its shards alone, in whatever order they come. Ids are given here. */
export function indexOf(set: SetFacts, shards: readonly Omit<ShardEntry, "id">[]): ShardIndex {
  const rank = (split: string) => set.split_names.indexOf(split);
  const entries = shards
    .toSorted((a, b) => rank(a.split) - rank(b.split) || a.number - b.number)
    .map((shard, id) => ({ ...shard, id }));
  const sums = sumCounts(entries);
  const splits = set.split_names.map((name) => {
    const own = entries.filter(({ split }) => split === name);
    return [name, { shards: own.length, ...sumCounts(own) }] as const;
  });
  const index: ShardIndex = {
    num_shards: entries.length,
    total_samples: sums.samples,
    total_tokens: sums.tokens,
    ...set,
    hash_algorithm: hashAlgorithm,
    report: { ...sums, efficiency: efficiencyOf(sums) },
    splits: Object.fromEntries(splits),
    shards: entries,
  };
  const parsed = v.safeParse(ShardIndex, index);
  assert(parsed.success, "the index that is written can be read");
  return parsed.output;
}

/** Writes the index beside its shards; call it when every shard is in place. Returns what was written. */
export async function writeShardIndex(
  dir: string,
  set: SetFacts,
  shards: readonly Omit<ShardEntry, "id">[],
): Promise<ShardIndex> {
  const index = indexOf(set, shards);
  await mkdir(dir, { recursive: true });
  await writeWhole(join(dir, indexName), `${JSON.stringify(index, null, 2)}\n`);
  return index;
}

/**
 * The folder that holds a set's index: `dir` itself, or its `shards/`; also when an index is still missing there.
 * `dir` may be the index file, too.
 */
export function shardsDirOf(dir: string): string {
  if (basename(dir) === indexName) return dirname(dir);
  const inner = join(dir, shardsFolder);
  return !existsSync(join(dir, indexName)) && existsSync(inner) ? inner : dir;
}

/**
 * Reads a set's index from its folder, the folder above, or the file itself.
 *
 * @returns the index, and the folder to which its paths are relative
 * @throws MdpError when it is missing, not JSON, or of another version
 */
export async function readShardIndex(path: string): Promise<{ index: ShardIndex; dir: string }> {
  const dir = shardsDirOf(path);
  const where = join(dir, indexName);
  const file = Bun.file(where);
  if (!(await file.exists())) {
    throw new MdpError({
      code: "shard-index-missing",
      message: `there is no ${indexName}`,
      where,
      hint: `finish the run with \`mdp shard … --resume\`, or rebuild the index with \`mdp shard reindex ${dir}\``,
    });
  }
  let value: unknown;
  try {
    value = await file.json();
  } catch (cause) {
    throw unreadable(where, messageOf(cause), cause);
  }
  const parsed = v.safeParse(ShardIndex, value);
  if (parsed.success) return { index: parsed.output, dir };
  const [issue] = parsed.issues;
  throw unreadable(where, `${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
}

function unreadable(where: string, reason: string, cause?: unknown): MdpError {
  return new MdpError({
    code: "shard-index-damaged",
    message: `the index of the shards cannot be read (${reason})`,
    where,
    hint: `rebuild it from the shards with \`mdp shard reindex ${dirname(where)}\``,
    cause,
  });
}
