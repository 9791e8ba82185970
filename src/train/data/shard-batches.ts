/** Batches of shards: packed documents that do not see each other, in the order of the loader. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import { type Batch, type LoaderOptions, type LoaderState, ShardLoader } from "../../shard/loader.ts";
import { indexName, readShardIndex, type ShardIndex, shardsDirOf } from "../../shard/shard-index.ts";
import type { BatchSource, DataState, EvaluationSet, TrainBatch } from "./batch.ts";
import { checkIds } from "./rows.ts";

export interface ShardOptions {
  /** Rows of a batch over all ranks. */
  batchSize: number;
  maxSeqLength: number;
  seed: number;
  rank: number;
  world: number;
  /** Ids that the model knows: those below. */
  vocabSize: number;
  /** Each process counts alike, as with mlx-lm: none may have a batch without rows. */
  alike?: boolean;
}

/** Whether a folder has an index of shards. */
export function holdsShards(dir: string): boolean {
  return existsSync(join(shardsDirOf(dir), indexName));
}

/** @throws MdpError `rows-too-long` for packed rows that would lose their end; as `readShardIndex` */
export async function openShardIndex(dir: string, { maxSeqLength }: ShardOptions): Promise<ShardIndex> {
  const { index } = await readShardIndex(dir);
  const width = packedWidth(index) ?? 0;
  if (width <= maxSeqLength) return index;
  throw new MdpError({
    code: "rows-too-long",
    message: `the rows of the shards have ${width} tokens, max_seq_length is ${maxSeqLength}`,
    where: dir,
    hint: `set --max-seq-length ${width}, or pack the shards again with --seq-len ${maxSeqLength}`,
  });
}

/** Tokens of every row of packed shards; undefined for others. */
export function packedWidth({ layout, seq_len }: ShardIndex): number | undefined {
  return layout === "packed" ? (seq_len ?? undefined) : undefined;
}

/** Endless batches of the split `train`. */
export async function shardSource(dir: string, options: ShardOptions, state?: DataState): Promise<BatchSource> {
  const { seed } = options;
  const loader = await ShardLoader.open(dir, {
    ...loaderOptions(options),
    seed,
    epochs: Number.POSITIVE_INFINITY,
    state: state as unknown as LoaderState | undefined,
  });
  const batches = trainBatches(dir, loader, options);
  return {
    rows: loader.samplesPerEpoch,
    async next() {
      const { value, done } =
        loader.samplesPerEpoch < options.world ? { value: undefined, done: true as const } : await batches.next();
      if (!done) return value;
      throw new MdpError({
        code: "too-few-rows",
        message: `${options.world} processes share ${loader.samplesPerEpoch} rows of the split train`,
        where: dir,
        hint: "run fewer processes",
      });
    },
    state: () => ({ ...loader.state() }),
    [Symbol.dispose]() {
      batches.return(undefined).catch(() => {});
      loader[Symbol.dispose]();
    },
  };
}

/** Undefined when the set has no sample of the split. */
export function shardEvaluation(
  dir: string,
  index: ShardIndex,
  split: string,
  options: ShardOptions,
): EvaluationSet | undefined {
  const samples = index.shards.reduce((sum, shard) => sum + (shard.split === split ? shard.samples : 0), 0);
  if (samples === 0) return undefined;
  return {
    rows: samples,
    async *batches(limit) {
      if (limit === 0) return;
      using loader = await ShardLoader.open(dir, { ...loaderOptions(options), split, shuffle: false });
      let left = limit < 0 ? Number.POSITIVE_INFINITY : limit;
      for await (const batch of trainBatches(dir, loader, options)) {
        yield batch;
        if (--left <= 0) return;
      }
    },
  };
}

/** Flat shards are read as rows that share a token at their borders, so that every token is a target once. */
function loaderOptions({ batchSize, maxSeqLength, rank, world }: ShardOptions): LoaderOptions {
  return { batchSize, rank, world, read: "windows", seqLen: maxSeqLength, overlap: 1 };
}

/** Stands for the rows that a process does not have: one whose loss is a number. */
const STAND_IN: TrainBatch = {
  rows: 1,
  length: 2,
  ids: Int32Array.of(0, 0),
  targets: Uint8Array.of(1),
  segments: Uint16Array.of(1, 1),
  standIn: true,
  where: () => "no row of this process",
};

/** The last rows of an epoch may be fewer than the processes; where all count alike they are left out. */
async function* trainBatches(
  dir: string,
  loader: ShardLoader,
  { world, vocabSize, alike = false }: ShardOptions,
): AsyncGenerator<TrainBatch, undefined> {
  const never = loader.samplesPerEpoch < world;
  for await (const batch of loader) {
    if (alike && batch.globalRows < world) {
      if (never) return undefined;
    } else yield batch.rows > 0 ? trainBatchOf(batch, dir, vocabSize) : STAND_IN;
  }
  return undefined;
}

/** A target counts when it follows a token of its own document, and the loss mask has it. */
function trainBatchOf(batch: Batch, dir: string, vocabSize: number): TrainBatch {
  const { rows, length, input_ids, loss_mask, epoch, state } = batch;
  const segments = Uint16Array.from(batch.segment_ids!);
  const targets = new Uint8Array(rows * (length - 1));
  for (let row = 0; row < rows; row++) {
    const cells = row * length;
    const start = row * (length - 1);
    for (let i = 0; i < length - 1; i++) {
      const segment = segments[cells + i + 1]!;
      if (segment === 0 || segment !== segments[cells + i]) continue;
      targets[start + i] = loss_mask ? loss_mask[cells + i + 1]! : 1;
    }
  }
  const where = (row: number) => `${dir} (epoch ${epoch}, row ${row} of the batch before sample ${state.next})`;
  for (let row = 0; row < rows; row++) {
    checkIds(input_ids.subarray(row * length, (row + 1) * length), vocabSize, where(row));
  }
  return { rows, length, ids: Int32Array.from(input_ids), targets, segments, where };
}
