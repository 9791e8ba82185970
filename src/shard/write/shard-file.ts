/** Writes one shard file under a temporary name, hashes it on the way, and puts it in place. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { NewFile } from "../../core/new-file.ts";
import { compress } from "../compression/index.ts";
import type { Tensor } from "../formats/format.ts";
import { shardFormats } from "../formats/index.ts";
import { rawBytes } from "../formats/shared/tensors.ts";
import { metadataOf, type SetFacts, type ShardFacts } from "../layout.ts";
import { extensionOf } from "../open-shard.ts";

const digits = 4;

/** A shard's path below the folder of the index, e.g. `train/shard_0000.safetensors`. */
export async function shardPath(set: SetFacts, split: string, number: number): Promise<string> {
  const format = await shardFormats.load(set.format);
  return `${split}/shard_${String(number).padStart(digits, "0")}${extensionOf(format, set.compression)}`;
}

/** xxh3-64 over tensors in the order of their names, hex: what a shard says of its own contents. */
export function contentHash(tensors: readonly { name: string; data: ArrayBufferView }[]): string {
  const sorted = tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const hash = sorted.reduce((seed, { data }) => Bun.hash.xxHash3(rawBytes(data), seed), 0n);
  return hash.toString(16).padStart(16, "0");
}

/** Writes a shard and returns the size and the SHA-256 of the file. */
export async function writeShardFile(
  path: string,
  set: SetFacts,
  shard: ShardFacts,
  tensors: readonly Tensor[],
): Promise<{ bytes: number; hash: string }> {
  const format = await shardFormats.load(set.format);
  await mkdir(dirname(path), { recursive: true });
  const file = await NewFile.create(path);
  const hasher = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  try {
    for await (const part of compress(format.encode(tensors, metadataOf(set, shard)), set.compression)) {
      // Another thread writes while this one hashes.
      const written = file.append(part);
      hasher.update(part);
      bytes += part.length;
      await written;
    }
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.commit();
  return { bytes, hash: hasher.digest("hex") };
}
