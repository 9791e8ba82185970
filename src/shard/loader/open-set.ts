/** Opens a set of shards for reading: its index, its split, and how its samples lie. */
import { join } from "node:path";
import { UsageError } from "../../core/errors.ts";
import { closest } from "../../core/suggest.ts";
import { readShardIndex, type ShardIndex } from "../shard-index.ts";
import { documents } from "./documents.ts";
import type { LoaderOptions, LoaderSource } from "./options.ts";
import { packedRows } from "./rows.ts";
import type { SampleReader } from "./samples.ts";
import { type ShardFile, ShardFiles } from "./shard-files.ts";
import { windows } from "./windows.ts";

export interface OpenSet {
  reader: SampleReader;
  /** Token that fills rows up. */
  pad: number;
  compressed: boolean;
  tokenizer: ShardIndex["tokenizer"];
  /** Bytes that a sample takes on average. */
  sampleBytes: number;
  /** What tells this data and this way of reading it apart from any other. */
  identity: string[];
}

/** @throws MdpError for a missing index; UsageError for an unknown or empty split */
export async function openSet(source: LoaderSource, options: LoaderOptions): Promise<OpenSet> {
  const { index, dir } = await readShardIndex(source.path);
  const split = source.split ?? options.split ?? "train";
  const files = filesOf(index, dir, split);
  const { maxOpen = 160, cacheBytes = 512 * 2 ** 20, verify = false } = options;
  const opened = await ShardFiles.of(files, { maxOpen, cacheBytes, verify });
  const itemBytes = index.dtype === "uint16" ? 2 : 4;
  const { seqLen = 2_048, overlap = 0, read = "documents" } = options;
  const way = index.layout === "packed" ? "rows" : read === "windows" ? `windows:${seqLen}:${overlap}` : read;
  const reader = readerOf(index, opened, itemBytes, options);
  return {
    reader,
    pad: index.pad_id ?? 0,
    compressed: index.compression !== "none",
    tokenizer: index.tokenizer,
    sampleBytes: reader.size === 0 ? 1 : (files.reduce((sum, { tokens }) => sum + tokens, 0) * itemBytes) / reader.size,
    identity: [
      split,
      way,
      ...index.shards.flatMap((shard) =>
        shard.split === split ? [shard.content_hash, `${shard.samples}:${shard.tokens}`] : [],
      ),
    ],
  };
}

function readerOf(index: ShardIndex, files: ShardFiles, itemBytes: 2 | 4, options: LoaderOptions): SampleReader {
  if (index.layout === "packed") return packedRows(files, itemBytes);
  if (options.read !== "windows") return documents(files, itemBytes);
  return windows(files, itemBytes, options.seqLen ?? 2_048, options.overlap ?? 0);
}

function filesOf(index: ShardIndex, dir: string, split: string): ShardFile[] {
  const names = [...new Set([...index.split_names, ...index.shards.map((shard) => shard.split)])];
  if (!names.includes(split)) {
    const near = closest(split, names);
    throw new UsageError(
      `there is no split "${split}"`,
      `${near ? `did you mean "${near}"? ` : ""}known: ${names.join(", ")}`,
      dir,
    );
  }
  const shards = index.shards.filter((shard) => shard.split === split);
  if (shards.length === 0) throw new UsageError(`the split "${split}" is empty`, `known: ${names.join(", ")}`, dir);
  return shards.map((shard) => ({
    path: join(dir, shard.path),
    samples: shard.samples,
    tokens: shard.tokens,
    length: shard.seq_len,
    beginsInside: shard.begins_inside,
    bytes: shard.bytes,
    hash: shard.hash,
  }));
}
