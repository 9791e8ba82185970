/** One shard file opened: mapped into memory, or unpacked when it is compressed. */
import { existsSync } from "node:fs";
import { MdpError, messageOf } from "../core/errors.ts";
import { type Compression, decompress, suffixOf } from "./compression/index.ts";
import type { ShardContents, ShardFormat, TensorData, TensorPlace } from "./formats/format.ts";
import { shardFormats } from "./formats/index.ts";
import { damaged, viewTensor } from "./formats/shared/tensors.ts";
import { factsOf, type SetFacts, type ShardFacts } from "./layout.ts";
import { mapFile } from "./map-file.ts";

export interface OpenShard {
  readonly path: string;
  readonly contents: ShardContents;
  readonly set: SetFacts;
  readonly shard: ShardFacts;
  /** The uncompressed file; places in `contents` refer to it. Mapped memory is given back when nobody refers to it. */
  readonly data: Uint8Array;
  /** Elements of a tensor, a view of `data` but for offsets of 32 bits, which are widened; undefined when there is none. */
  tensor(name: string): TensorData | undefined;
}

/** How a shard's name ends. */
export function extensionOf(format: ShardFormat, compression: Compression): string {
  return `${format.extension}${suffixOf[compression]}`;
}

/** The compression that a file's name tells. */
export function compressionOf(path: string): Compression {
  const found = Object.entries(suffixOf).find(([, suffix]) => suffix !== "" && path.endsWith(suffix));
  return found ? (found[0] as Compression) : "none";
}

/** The format that a file's name tells; undefined for other files. */
export async function formatOf(path: string): Promise<ShardFormat | undefined> {
  const plain = path.slice(0, path.length - suffixOf[compressionOf(path)].length);
  for (const name of shardFormats.names) {
    const format = await shardFormats.load(name);
    if (plain.endsWith(format.extension)) return format;
  }
  return undefined;
}

/**
 * Opens a shard by the ending of its name.
 *
 * @throws MdpError that names the file when it is missing, damaged, or no shard of mdp
 */
export async function openShard(path: string): Promise<OpenShard> {
  const format = await formatOf(path);
  if (!format) throw at(path, damaged("known", "its name ends in no known format"));
  const data = await contentsOf(path);
  let contents: ShardContents;
  try {
    contents = format.decode(data.length, (offset, bytes) => data.subarray(offset, offset + bytes));
  } catch (error) {
    throw at(path, error);
  }
  const places = new Map(contents.tensors.map((place): [string, TensorPlace] => [place.name, place]));
  return {
    path,
    contents,
    ...factsOf(contents.metadata, path),
    data,
    tensor(name) {
      const place = places.get(name);
      const elements = place && viewTensor(place, data);
      return elements instanceof Int32Array ? BigUint64Array.from(elements, BigInt) : elements;
    },
  };
}

/** The bytes of a shard file without its compression. */
async function contentsOf(path: string): Promise<Uint8Array> {
  if (!existsSync(path)) {
    throw new MdpError({
      code: "shard-missing",
      message: "the shard is not there",
      where: path,
      hint: "make it again with `mdp shard … --overwrite`, or rebuild the index without it with `mdp shard reindex`",
    });
  }
  const compression = compressionOf(path);
  if (compression === "none") return mapFile(path).bytes;
  const parts: Uint8Array[] = [];
  try {
    for await (const part of decompress(Bun.file(path).stream(), compression)) parts.push(part);
  } catch (cause) {
    throw at(path, damaged(compression, messageOf(cause), cause));
  }
  return Buffer.concat(parts);
}

/** An error with the file that it is about. */
function at(path: string, error: unknown): unknown {
  if (!(error instanceof MdpError) || error.where !== undefined) return error;
  return new MdpError({ code: error.code, message: error.message, where: path, hint: error.hint, cause: error.cause });
}
