/** What a loader is asked for. */
import { UsageError } from "../../core/errors.ts";
import type { DerivedName } from "./derive.ts";
import { type Slot, slotNames } from "./samples.ts";
import type { LoaderState } from "./state.ts";

export interface LoaderSource {
  /** A folder of shards, the folder above, or its shard_index.json. */
  path: string;
  split?: string;
  /** Its part of the samples, in proportion to the other sources; 1 by default. */
  weight?: number;
}

export interface LoaderOptions {
  /** `train` by default. */
  split?: string;
  /** Rows of a global batch, which all ranks share; 32 by default. */
  batchSize?: number;
  /**
   * Instead of `batchSize`: most cells (rows × the widest row) of a global batch. Samples of similar length are
   * batched together out of each `pool` samples.
   */
  maxTokens?: number;
  /** With `maxTokens`: samples that are sorted by length at a time; 1,024 by default. */
  pool?: number;
  /** How flat shards are read: as whole documents (the default), or as rows of `seqLen` tokens. */
  read?: "documents" | "windows";
  /** Tokens of a window; 2,048 by default. */
  seqLen?: number;
  /** Tokens that a window repeats of the one before; 0 by default, 1 keeps every target of next-token prediction. */
  overlap?: number;
  shuffle?: boolean;
  /** 0 by default; a state brings its own. */
  seed?: number;
  /** Number of epochs in all, also when resuming; 1 by default, `Infinity` for ever. */
  epochs?: number;
  /** The epoch to begin with, from 0. */
  epoch?: number;
  /** Samples of an epoch; by default all that the sources have. With several sources each goes on where it stopped. */
  samplesPerEpoch?: number;
  rank?: number;
  world?: number;
  /** Leaves out a last batch with fewer than `batchSize` rows; else ranks share what is left, and some may get 0 rows. */
  dropLast?: boolean;
  /** Batches that are made ahead; 2 by default, 32 for compressed shards, so that they are unpacked in time. */
  prefetch?: number;
  /** Threads that read files; 0, the default, copies from mapped memory. The order never depends on it. */
  workers?: number;
  /** Tensors to read beside input_ids; all of them by default. */
  tensors?: readonly Slot[];
  /** Tensors to derive for each batch. */
  derive?: readonly DerivedName[];
  /** Uses the memory of a batch again as soon as the next one is asked for: fastest, for those who copy it at once. */
  reuse?: boolean;
  /** Batches that may be written to: without it those that lie in one piece are views of the shard. */
  copy?: boolean;
  /** Compares the hash of each shard with the index when it is first opened. */
  verify?: boolean;
  /** Neighbouring samples that stay near each other when shuffling; by default about 1 MiB, at most a shard. */
  block?: number;
  /** Blocks that are mixed at a time; 64 by default, 4 for compressed shards. */
  window?: number;
  /** Shards that are open at the same time; 160 by default. */
  maxOpen?: number;
  /** Memory for shards that cannot be mapped; 512 MiB by default. */
  cacheBytes?: number;
  /** Where to go on: what `state()` or a batch gave. */
  state?: LoaderState | undefined;
}

const integers: readonly (readonly [keyof LoaderOptions, number])[] = [
  ["batchSize", 1],
  ["maxTokens", 1],
  ["pool", 1],
  ["seqLen", 1],
  ["overlap", 0],
  ["seed", 0],
  ["epoch", 0],
  ["samplesPerEpoch", 1],
  ["rank", 0],
  ["world", 1],
  ["prefetch", 1],
  ["workers", 0],
  ["block", 1],
  ["window", 1],
  ["maxOpen", 1],
  ["cacheBytes", 0],
];

/** @throws UsageError naming the first option that has no possible value */
export function checkOptions(options: LoaderOptions): void {
  for (const [name, minimum] of integers) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= minimum)) continue;
    throw new UsageError(`${name} is ${value}; it takes whole numbers from ${minimum}`);
  }
  const { batchSize = 32, rank = 0, world = 1, overlap = 0, seqLen = 2_048, epochs = 1, workers = 0 } = options;
  if (rank >= world) throw new UsageError(`rank is ${rank} of ${world}; ranks count from 0 to ${world - 1}`);
  if (options.maxTokens === undefined && batchSize < world) {
    throw new UsageError(
      `batchSize is ${batchSize} for ${world} ranks`,
      "it is the batch of all ranks: at least one row each",
    );
  }
  if (overlap >= seqLen) throw new UsageError(`overlap is ${overlap}, seqLen ${seqLen}; a window must advance`);
  if (!(epochs >= 0)) throw new UsageError(`epochs is ${epochs}; it takes numbers from 0, or Infinity`);
  const unknown = [...(options.tensors ?? [])].find((name) => !slotNames.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no tensor "${unknown}"`, `known: ${slotNames.join(", ")}`);
  if (options.derive?.length && options.tensors && !options.tensors.includes("segment_ids")) {
    throw new UsageError(`${options.derive.join(", ")} follow from segment_ids`, "add segment_ids to tensors");
  }
  if (workers > 256) throw new UsageError(`workers is ${workers}; 256 is the most`);
  if (options.batchSize !== undefined && options.maxTokens !== undefined) {
    throw new UsageError("batchSize and maxTokens were both given", "choose rows of a batch, or cells");
  }
}
