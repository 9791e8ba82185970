/** Opens shard files: mapped when they are plain, unpacked into memory when they are compressed; few at a time. */
import { statSync } from "node:fs";
import { MdpError, messageOf } from "../../core/errors.ts";
import { sha256File } from "../../core/hash.ts";
import { decompress } from "../compression/index.ts";
import type { ShardFormat, TensorPlace } from "../formats/format.ts";
import { mapFile } from "../map-file.ts";
import { compressionOf, formatOf } from "../open-shard.ts";

export interface ShardFile {
  /** Absolute. */
  path: string;
  samples: number;
  tokens: number;
  /** Tokens of a row; null in flat shards. */
  length: number | null;
  /** Its first document began in the shard before. */
  beginsInside: boolean;
  /** Size of the file as it lies on the disk. */
  bytes: number;
  hash: string;
}

export interface OpenShard {
  readonly path: string;
  /** The whole uncompressed file. */
  readonly bytes: Uint8Array;
  readonly tensors: ReadonlyMap<string, TensorPlace>;
  /** Whether `bytes` are those of the file, so that others can read it at the same offsets. */
  readonly plain: boolean;
  /** Memory that it takes: none when it is mapped. */
  readonly residentBytes: number;
}

export interface OpenLimits {
  /** Files that are mapped at the same time. */
  maxOpen: number;
  /** Bytes of shards that are kept in memory. */
  cacheBytes: number;
  /** Compares each file's hash with the index when it is first opened. */
  verify: boolean;
}

/** The files of one set, opened when they are needed. What is dropped lives on while a batch still shows it. */
export class ShardFiles {
  readonly files: readonly ShardFile[];
  readonly #format: ShardFormat;
  readonly #limits: OpenLimits;
  /** In order of use, the oldest first. */
  readonly #open = new Map<number, OpenShard>();
  readonly #opening = new Map<number, Promise<OpenShard>>();
  readonly #verified = new Set<number>();
  #residentBytes = 0;

  private constructor(files: readonly ShardFile[], format: ShardFormat, limits: OpenLimits) {
    this.files = files;
    this.#format = format;
    this.#limits = limits;
  }

  /** All files have the format of the first; none is opened yet. */
  static async of(files: readonly ShardFile[], limits: OpenLimits): Promise<ShardFiles> {
    const [first] = files;
    const format = first && (await formatOf(first.path));
    if (!first || !format) throw new MdpError(noShard(first?.path));
    return new ShardFiles(files, format, limits);
  }

  /** At once for a plain file, unless its hash has to be compared first. */
  open(index: number): OpenShard | Promise<OpenShard> {
    const known = this.#open.get(index);
    if (known) {
      this.#open.delete(index);
      this.#open.set(index, known);
      return known;
    }
    const running = this.#opening.get(index);
    if (running) return running;
    const file = this.files[index]!;
    const checked = !this.#limits.verify || this.#verified.has(index);
    if (checked && compressionOf(file.path) === "none") return this.#keep(index, this.#openPlain(file));
    const opening = this.#openSlowly(index, file).finally(() => this.#opening.delete(index));
    this.#opening.set(index, opening);
    return opening;
  }

  async #openSlowly(index: number, file: ShardFile): Promise<OpenShard> {
    checkSize(file);
    if (this.#limits.verify && !this.#verified.has(index)) {
      const hash = await sha256File(file.path);
      if (hash !== file.hash) throw changed(file, `its hash is ${hash}, in the index it is ${file.hash}`);
      this.#verified.add(index);
    }
    if (compressionOf(file.path) === "none") return this.#keep(index, this.#openPlain(file));
    const bytes = await unpacked(file);
    return this.#keep(index, this.#shardOf(file, bytes, false, bytes.length));
  }

  #openPlain(file: ShardFile): OpenShard {
    checkSize(file);
    const { bytes, mapped } = mapFile(file.path);
    return this.#shardOf(file, bytes, true, mapped ? 0 : bytes.length);
  }

  #shardOf(file: ShardFile, bytes: Uint8Array, plain: boolean, residentBytes: number): OpenShard {
    const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
    try {
      const { tensors } = this.#format.decode(bytes.length, read);
      const byName = new Map(tensors.map((tensor): [string, TensorPlace] => [tensor.name, tensor]));
      return { path: file.path, bytes, tensors: byName, plain, residentBytes };
    } catch (cause) {
      throw damaged(file, messageOf(cause), cause);
    }
  }

  #keep(index: number, shard: OpenShard): OpenShard {
    this.#open.set(index, shard);
    this.#residentBytes += shard.residentBytes;
    for (const [oldest, { residentBytes }] of this.#open) {
      const { maxOpen, cacheBytes } = this.#limits;
      if (oldest === index || (this.#open.size <= maxOpen && this.#residentBytes <= cacheBytes)) break;
      this.#open.delete(oldest);
      this.#residentBytes -= residentBytes;
    }
    return shard;
  }
}

async function unpacked(file: ShardFile): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of decompress(Bun.file(file.path).stream(), compressionOf(file.path))) parts.push(part);
  } catch (cause) {
    throw damaged(file, messageOf(cause), cause);
  }
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

function checkSize(file: ShardFile): void {
  const size = statSync(file.path, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    throw new MdpError({
      code: "shard-missing",
      message: "the shard is not there, but the index names it",
      where: file.path,
      hint: "make it again with `mdp shard … --overwrite`, or run `mdp shard reindex` to go on without it",
    });
  }
  if (size !== file.bytes) throw changed(file, `it has ${size} bytes, in the index it has ${file.bytes}`);
}

function changed(file: ShardFile, what: string): MdpError {
  return new MdpError({
    code: "shard-changed",
    message: `the shard is not the one that was indexed: ${what}`,
    where: file.path,
    hint: "run `mdp shard verify` on its folder, or `mdp shard reindex` if the shards are right",
  });
}

function damaged(file: ShardFile, what: string, cause?: unknown): MdpError {
  return new MdpError({
    code: "shard-damaged",
    message: `the shard cannot be read: ${what}`,
    where: file.path,
    hint: "run `mdp shard verify` on its folder to see which shards are damaged, and make them again",
    cause,
  });
}

function noShard(path: string | undefined) {
  return {
    code: "shard-unknown",
    message: "the name of the shard ends in no known format",
    where: path,
    hint: "run `mdp shard reindex` on its folder",
  };
}
