/** Small sets of shards whose every token tells where it stands, made without the code that packs documents. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../../src/core/hash.ts";
import { type Compression, compress, suffixOf } from "../../../src/shard/compression/index.ts";
import type { Tensor } from "../../../src/shard/formats/format.ts";
import { shardFormats } from "../../../src/shard/formats/index.ts";
import { metadataOf, type SetFacts, type ShardFacts } from "../../../src/shard/layout.ts";
import { writeShardIndex } from "../../../src/shard/shard-index.ts";

export interface SetOptions {
  format?: "safetensors" | "npy" | "arrow";
  compression?: Compression;
  wide?: boolean;
  split?: string;
  tokenizer?: string;
  padId?: number;
}

const factsOf = (
  options: SetOptions,
  layout: "packed" | "flat",
  width: number | null,
): Omit<SetFacts, "split_shards"> => ({
  version: 1,
  layout,
  format: options.format ?? "safetensors",
  compression: options.compression ?? "none",
  seq_len: width,
  packing: layout === "packed" ? "best-fit" : null,
  long_documents: layout === "packed" ? "fragment" : null,
  dtype: options.wide ? "uint32" : "uint16",
  tokenizer: { name: options.tokenizer ?? "test", sha256: sha256(options.tokenizer ?? "test") },
  vocab_size: options.wide ? 100_000 : 60_000,
  pad_id: options.padId ?? null,
  sep_id: null,
  split_names: ["train", "val"],
  fingerprint: "test",
});

interface Shard {
  tensors: Tensor[];
  samples: number;
  tokens: number;
  width: number | null;
}

async function writeSet(options: SetOptions, layout: "packed" | "flat", shards: Shard[]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "mdp-loader-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const width = layout === "packed" ? Math.max(0, ...shards.map((shard) => shard.width ?? 0)) : null;
  const split = options.split ?? "train";
  const split_shards = split === "train" ? [shards.length, 0] : [0, shards.length];
  const set = { ...factsOf(options, layout, width), split_shards };
  const format = await shardFormats.load(set.format);
  mkdirSync(join(dir, split));
  const entries = [];
  for (const [number, shard] of shards.entries()) {
    const facts: ShardFacts = {
      split,
      number,
      seq_len: shard.width,
      samples: shard.samples,
      tokens: shard.tokens,
      documents: shard.samples,
      padding_tokens: 0,
      truncated_tokens: 0,
      dropped_tokens: 0,
      begins_inside: false,
      ends_inside: false,
      content_hash: sha256(...shard.tensors.map(({ data }) => new Uint8Array(data.buffer))).slice(0, 16),
    };
    const path = `${split}/shard_${String(number).padStart(4, "0")}${format.extension}${suffixOf[set.compression]}`;
    const parts: Uint8Array[] = [];
    const encoded = format.encode(shard.tensors, metadataOf(set, facts));
    for await (const part of compress(encoded, set.compression)) parts.push(part.slice());
    const bytes = Buffer.concat(parts);
    writeFileSync(join(dir, path), bytes);
    entries.push({ path, bytes: bytes.length, hash: sha256(bytes), ...facts });
  }
  await writeShardIndex(dir, set, entries);
  return dir;
}

/** Packed shards with the given rows each; token `c` of row `r` of the set is `(r * 100 + c) % 60,000`. */
export function packedSet(rows: number[], width: number | number[], options: SetOptions = {}): Promise<string> {
  let row = 0;
  const shards = rows.map((count, shard): Shard => {
    const length = typeof width === "number" ? width : width[shard]!;
    const ids = options.wide ? new Uint32Array(count * length) : new Uint16Array(count * length);
    const segments = new Uint16Array(count * length);
    for (let r = 0; r < count; r++, row++) {
      for (let c = 0; c < length; c++) {
        ids[r * length + c] = (row * 100 + c) % 60_000;
        // The first document has three tokens, the second one goes to the end.
        segments[r * length + c] = c < 3 ? 1 : 2;
      }
    }
    const dtype = options.wide ? "U32" : "U16";
    return {
      tensors: [
        { name: "input_ids", dtype, shape: [count, length], data: ids },
        { name: "segment_ids", dtype: "U16", shape: [count, length], data: segments },
      ],
      samples: count,
      tokens: count * length,
      width: length,
    };
  });
  return writeSet(options, "packed", shards);
}

/** Flat shards of documents with the given lengths; token `t` of the set is `t % 60,000`. */
export function flatSet(lengths: number[][], options: SetOptions = {}): Promise<string> {
  let token = 0;
  const shards = lengths.map((own): Shard => {
    const total = own.reduce((sum, length) => sum + length, 0);
    const data = Uint16Array.from({ length: total }, () => token++ % 60_000);
    const offsets = new BigUint64Array(own.length + 1);
    for (const [i, length] of own.entries()) offsets[i + 1] = offsets[i]! + BigInt(length);
    const ids = BigUint64Array.from(own.keys().map(BigInt));
    return {
      tensors: [
        { name: "tokens", dtype: "U16", shape: [total], data },
        { name: "doc_offsets", dtype: "U64", shape: [own.length + 1], data: offsets },
        { name: "doc_ids", dtype: "U64", shape: [own.length], data: ids },
      ],
      samples: own.length,
      tokens: total,
      width: null,
    };
  });
  return writeSet(options, "flat", shards);
}
