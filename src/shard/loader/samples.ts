/** How samples lie in shards: packed rows, windows over all tokens, or whole documents. */
import { MdpError } from "../../core/errors.ts";
import type { TensorPlace } from "../formats/format.ts";
import { packedTensors } from "../layout.ts";
import type { OpenShard, ShardFiles } from "./shard-files.ts";

/** The tensors of a batch that come from files. */
export type Slot = (typeof packedTensors)[keyof typeof packedTensors];
export const slotNames: readonly Slot[] = Object.values(packedTensors);

/** Where the pieces of a batch go. */
export interface Sink {
  /** `bytes` bytes of an open shard, from a byte of the file to a byte of the batch's tensor. */
  copy(slot: Slot, shard: OpenShard, from: number, bytes: number, to: number): void;
  /** The same value for elements `[start, end)` of the batch's tensor. */
  fill(slot: Slot, value: number, start: number, end: number): void;
}

/** Shards of one set that a batch needs, by number. */
export type Opened = ReadonlyMap<number, OpenShard>;

export interface SampleReader {
  readonly files: ShardFiles;
  /** Number of samples. */
  readonly size: number;
  /** Bytes of a token. */
  readonly itemBytes: 2 | 4;
  /** Tokens of every row; undefined when they differ. */
  readonly length: number | undefined;
  /** First and last shard that a sample lies in. */
  firstShard(sample: number): number;
  lastShard(sample: number): number;
  /** Tokens of a sample, the padding of its packed row included. Its shards have to be open. */
  lengthOf(sample: number, opened: Opened): number;
  /** Writes `samples[from…to)` to neighbouring rows of `length` tokens, from row `firstRow` on; their shards are open. */
  read(
    samples: Float64Array,
    from: number,
    to: number,
    firstRow: number,
    length: number,
    opened: Opened,
    sink: Sink,
  ): void;
}

/** Running totals: `starts[i]` is the number of units before shard `i`. */
export function startsOf(counts: readonly number[]): Float64Array {
  const starts = new Float64Array(counts.length + 1);
  for (const [index, count] of counts.entries()) starts[index + 1] = starts[index]! + count;
  return starts;
}

/** The shard that holds a unit; shards without units are passed over. */
export function shardOf(starts: Float64Array | Uint32Array, unit: number): number {
  // Shards of equal size, the usual case, are found without a search.
  const guess = Math.floor(unit / starts[1]!);
  if (unit >= starts[guess]! && unit < starts[guess + 1]!) return guess;
  let low = 0;
  let high = starts.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= unit) low = middle;
    else high = middle;
  }
  return low;
}

/** The tensor of an open shard. @throws MdpError `shard-changed` naming the file when it has none of that name */
export function tensorOf(shard: OpenShard, name: string): TensorPlace {
  const tensor = shard.tensors.get(name);
  if (tensor) return tensor;
  throw contradicts(shard, `it has no tensor "${name}"`);
}

/** A shard whose tensors are not what the index promised. */
export function contradicts(shard: OpenShard, what: string): MdpError {
  return new MdpError({
    code: "shard-changed",
    message: `${what}, unlike what the index says`,
    where: shard.path,
    hint: "run `mdp shard verify` on its folder, or `mdp shard reindex` if the shards are right",
  });
}
