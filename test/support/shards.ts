/** Small sets of shards for tests: documents of known tokens, in token files, planned and written. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlanSettings, ShardPlan } from "../../src/shard/plan/plan.ts";
import { planShards } from "../../src/shard/plan/plan-shards.ts";
import type { ShardIndex } from "../../src/shard/shard-index.ts";
import { TokenFileWriter } from "../../src/shard/staging/token-file-writer.ts";
import { finishShards } from "../../src/shard/write/finish.ts";
import { type NewShard, writeShard } from "../../src/shard/write/write-shard.ts";

export interface TestDocument {
  ids: number[];
  split?: number;
  id?: bigint;
  lossMask?: number[];
}

export const planSettings: PlanSettings = {
  pack: true,
  seqLen: 16,
  packing: "best-fit",
  longDocuments: "fragment",
  shardFormat: "safetensors",
  compression: "none",
  maxShardSizeBytes: 1_000_000,
  maxTokensPerShard: 1_000,
  splitNames: ["train", "val", "test"],
  tokenizer: { name: "test", sha256: "0".repeat(64) },
  vocabSize: 1_000,
  padId: 0,
  sepId: null,
  fingerprint: "f",
};

/** Writes one token file per list of documents; ids count from 1 where none are given. */
export async function writeTokenFiles(
  dir: string,
  files: readonly (readonly TestDocument[])[],
  vocabSize: number,
): Promise<string[]> {
  const paths: string[] = [];
  let count = 0n;
  for (const [index, documents] of files.entries()) {
    const path = join(dir, `task-${index}.tokens`);
    const writer = await TokenFileWriter.create(path, { vocabSize });
    for (const { ids, split = 0, id, lossMask } of documents) {
      const document = { id: id ?? ++count, split };
      await writer.add(Uint32Array.from(ids), document, lossMask && Uint8Array.from(lossMask));
    }
    await writer.commit();
    paths.push(path);
  }
  return paths;
}

/** Plans a set and writes all of it into `dir`. */
export async function writeSet(
  dir: string,
  files: readonly (readonly TestDocument[])[],
  changed: Partial<PlanSettings> = {},
): Promise<{ plan: ShardPlan; entries: NewShard[]; index: ShardIndex }> {
  const settings = { ...planSettings, ...changed };
  const tokenFiles = await writeTokenFiles(dir, files, settings.vocabSize);
  const plan = planShards({ tokenFiles, settings, outDir: dir });
  const entries: NewShard[] = [];
  for (let k = 0; k < plan.shards.length; k++) entries.push(await writeShard(plan, k));
  return { plan, entries, index: await finishShards(plan, entries) };
}

/** Documents of running numbers, so that each token says where it came from. */
export function numberedDocuments(lengths: readonly number[], vocabSize: number, splits?: readonly number[]) {
  let next = 0;
  return lengths.map((length, index): TestDocument => {
    const ids = Array.from({ length }, () => (next++ % (vocabSize - 1)) + 1);
    return { ids, split: splits?.[index] ?? 0 };
  });
}

/** In memory where the system has such a place: waiting for the disk is not what is tested. */
const root = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A folder of its own, gone at the end of the scope. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(root, "mdp-shards-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
