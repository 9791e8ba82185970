/** Makes one set of several that agree in tokenizer, layout and packing. */
import { join } from "node:path";
import * as v from "valibot";
import { allInOrder } from "../../core/all-in-order.ts";
import { MdpError, UsageError } from "../../core/errors.ts";
import { idOf } from "../../core/hash.ts";
import type { Tensor, TensorType } from "../../shard/formats/format.ts";
import { SetFacts } from "../../shard/layout.ts";
import { type OpenShard, openShard } from "../../shard/open-shard.ts";
import { checkShard } from "../../shard/set/check-shard.ts";
import { readShardIndex, type ShardIndex, shardsFolder, writeShardIndex } from "../../shard/shard-index.ts";
import { shardPath, writeShardFile } from "../../shard/write/shard-file.ts";
import type { NewShard } from "../../shard/write/write-shard.ts";
import { newSetFolder } from "./output.ts";
import { follow, type ShardWork } from "./progress.ts";

export interface MergeRequest extends ShardWork {
  /** Two sets or more, in the order in which their shards are to follow each other. */
  paths: readonly string[];
  out: string;
}

interface Source {
  path: string;
  dir: string;
  index: ShardIndex;
}

/** What must be equal in all sets; format and compression are those of the first. */
const common = [
  "layout",
  "dtype",
  "vocab_size",
  "pad_id",
  "sep_id",
  "seq_len",
  "packing",
  "row_overlap",
  "long_documents",
] as const satisfies (keyof SetFacts)[];

/**
 * Writes the shards of all sets under new numbers into one, split by split. Documents that are in several sets are not
 * looked for.
 *
 * @throws MdpError that names the first difference, or a damaged shard
 */
export async function mergeShards({ paths, out, ...work }: MergeRequest): Promise<ShardIndex> {
  if (paths.length < 2) throw new UsageError(`merging takes two sets or more, ${paths.length} is given`);
  const sources = await allInOrder(paths.map(async (path) => ({ path, ...(await readShardIndex(path)) })));
  const [first, ...others] = sources as [Source, ...Source[]];
  for (const other of others) requireAlike(first, other);
  await newSetFolder(out);
  const set = mergedSet(first, sources);
  const step = follow(
    work,
    sources.reduce((sum, { index }) => sum + index.num_shards, 0),
  );
  const shards: NewShard[] = [];
  for (const split of set.split_names) {
    let number = 0;
    for (const { dir, index } of sources) {
      for (const entry of index.shards.filter((shard) => shard.split === split)) {
        const open = await openShard(join(dir, entry.path));
        const [problem] = checkShard(open);
        if (problem) throw damaged(open.path, problem);
        const path = await shardPath(set, split, number);
        const shard = { ...open.shard, number: number++ };
        const written = await writeShardFile(join(out, shardsFolder, path), set, shard, tensorsOf(open));
        shards.push({ path, ...written, ...shard });
        step(written.bytes);
      }
    }
  }
  return writeShardIndex(join(out, shardsFolder), set, shards);
}

function requireAlike(first: Source, other: Source): void {
  const sha256 = (source: Source) => source.index.tokenizer.sha256;
  if (sha256(first) !== sha256(other)) {
    throw different(other, "tokenizer", first.index.tokenizer.name, other.index.tokenizer.name);
  }
  for (const key of common) {
    if (first.index[key] !== other.index[key]) throw different(other, key, first.index[key], other.index[key]);
  }
}

function mergedSet(first: Source, sources: readonly Source[]): SetFacts {
  const names = [...new Set(sources.flatMap(({ index }) => index.split_names))];
  const counts = names.map((name) => sources.reduce((sum, { index }) => sum + (index.splits[name]?.shards ?? 0), 0));
  return {
    ...v.parse(SetFacts, first.index),
    split_names: names,
    split_shards: counts,
    fingerprint: idOf("merge", ...sources.map(({ index }) => index.fingerprint)),
  };
}

function tensorsOf(open: OpenShard): Tensor[] {
  return open.contents.tensors.map(({ name, dtype, shape }) => ({
    name,
    // Offsets that a format keeps in 32 bits come back in 64.
    dtype: dtype === "I32" ? ("U64" satisfies TensorType) : dtype,
    shape,
    data: open.tensor(name)!,
  }));
}

function different(other: Source, key: string, a: unknown, b: unknown): MdpError {
  return new MdpError({
    code: "sets-differ",
    message: `the sets cannot be merged: ${key} is ${JSON.stringify(a)} in the first and ${JSON.stringify(b)} here`,
    where: other.path,
    hint:
      key === "tokenizer" || key === "vocab_size"
        ? "tokenize both with the same tokenizer"
        : "write both with the same settings, e.g. by `mdp shard repack` from flat shards",
  });
}

function damaged(where: string, problem: string): MdpError {
  const hint = "run `mdp shard verify` on each set first";
  return new MdpError({ code: "shard-damaged", message: `a shard is damaged: ${problem}`, where, hint });
}
