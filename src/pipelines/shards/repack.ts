/** Makes packed shards of flat ones, without tokenizing again. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import { idOf } from "../../core/hash.ts";
import type { ShardSettings } from "../../shard/config.ts";
import type { PlanSettings } from "../../shard/plan/plan.ts";
import { planShards } from "../../shard/plan/plan-shards.ts";
import { documentsOf, type SetPlace } from "../../shard/set/documents.ts";
import { readShardIndex, type ShardIndex } from "../../shard/shard-index.ts";
import { TokenFileWriter } from "../../shard/staging/token-file-writer.ts";
import { finishShards } from "../../shard/write/finish.ts";
import { type NewShard, writeShard } from "../../shard/write/write-shard.ts";
import { newSetFolder } from "./output.ts";
import { follow, type ShardWork, stopIfAsked } from "./progress.ts";

/** Tokens of one staged file. */
const fileTokens = 1 << 25;
const stagingFolder = "staging";

type PackSettings = Pick<
  ShardSettings,
  "seqLen" | "packing" | "longDocuments" | "shardFormat" | "compression" | "maxShardSizeBytes" | "maxTokensPerShard"
> & { rowOverlap?: boolean | undefined };

export interface RepackRequest extends ShardWork {
  path: string;
  out: string;
  settings: PackSettings;
}

/**
 * Packs a flat set into rows; but for the fingerprint the shards are those that `mdp shard --pack` would have written.
 *
 * @throws MdpError when the set is packed already, UsageError for limits that no row fits into
 */
export async function repackShards({ path, out, settings, ...work }: RepackRequest): Promise<ShardIndex> {
  const { index, dir } = await readShardIndex(path);
  if (index.layout !== "flat") {
    throw new MdpError({
      code: "set-packed",
      message: `the set is packed already, into rows of ${index.seq_len} tokens`,
      where: dir,
      hint: "repack from flat shards: run `mdp shard` without --pack once and keep them",
    });
  }
  await newSetFolder(out);
  const staging = join(out, stagingFolder);
  await mkdir(staging, { recursive: true });
  try {
    const tokenFiles: string[] = [];
    for (const [number, split] of index.split_names.entries()) {
      tokenFiles.push(...(await stage({ dir, index, split }, number, join(staging, split), work.signal)));
    }
    const plan = planShards({ tokenFiles, settings: planSettings(index, settings), outDir: out });
    const step = follow(work, plan.shards.length);
    const entries: NewShard[] = [];
    for (let k = 0; k < plan.shards.length; k++) {
      const entry = await writeShard(plan, k);
      entries.push(entry);
      step(entry.bytes);
    }
    return await finishShards(plan, entries);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Documents of a split as token files; documents that lie in several shards become whole. */
async function stage(
  place: SetPlace,
  split: number,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const paths: string[] = [];
  let writer: TokenFileWriter | undefined;
  try {
    for await (const { id, tokens, lossMask } of documentsOf(place)) {
      stopIfAsked(signal);
      if (!writer) {
        paths.push(`${prefix}-${paths.length}.tokens`);
        writer = await TokenFileWriter.create(paths.at(-1)!, { vocabSize: place.index.vocab_size });
      }
      await writer.add(tokens, { id: id ?? 0n, split }, lossMask ?? undefined);
      if (writer.tokens < fileTokens) continue;
      await writer.commit();
      writer = undefined;
    }
    await writer?.commit();
  } catch (error) {
    await writer?.discard();
    throw error;
  }
  return paths;
}

function planSettings(index: ShardIndex, settings: PackSettings): PlanSettings {
  const own = JSON.stringify(Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...settings,
    pack: true,
    splitNames: index.split_names,
    tokenizer: index.tokenizer,
    vocabSize: index.vocab_size,
    padId: index.pad_id,
    sepId: index.sep_id,
    fingerprint: idOf("repack", index.fingerprint, own),
  };
}
