/**
 * Batches as mlx-lm 0.32.2 makes them: rows in the order of the file, the tail dropped, padding trained in part, and
 * one stream of random numbers for training and every evaluation.
 */
import { MdpError, UsageError } from "../../core/errors.ts";
import type { Mt19937 } from "../../core/mt19937.ts";
import type { BatchSource, DataState, EvaluationSet, TrainBatch } from "./batch.ts";
import type { EncodedRow } from "./kinds.ts";
import type { EncodedRows } from "./rows.ts";

export interface CompatOptions {
  /** Rows of a batch over all ranks. */
  batchSize: number;
  maxSeqLength: number;
  /** Shared by all of a run: each epoch and each evaluation draws an order from it. */
  random: Mt19937;
  rank: number;
  world: number;
  /** Is told of every row that is cut. */
  onCut: () => void;
}

const PAD_TO = 32;

/** @throws UsageError for a batch that ranks cannot share evenly; MdpError `too-few-rows` */
export function compatSource(rows: EncodedRows, options: CompatOptions, state?: DataState): BatchSource {
  const order = fileOrder(rows, options);
  const batches = Math.floor(rows.length / options.batchSize);
  const { random } = options;
  let began: number[] = random.state();
  let epoch: number[] = [];
  let position = 0;
  if (state) {
    const { batches: then, position: at, began: start, random: now } = checkedState(state, batches);
    random.restore(start);
    began = start;
    if (then > 0) epoch = random.permutation(then);
    position = at;
    random.restore(now);
  }
  return {
    rows: rows.length,
    async next() {
      if (position === epoch.length) {
        began = random.state();
        epoch = random.permutation(batches);
        position = 0;
      }
      return batchAt(rows, order, epoch[position++]!, options);
    },
    state: () => ({ mode: "mlx-lm", batches: epoch.length, position, began, random: random.state() }),
    [Symbol.dispose]() {},
  };
}

/** @throws as `compatSource` */
export function compatEvaluation(rows: EncodedRows, options: CompatOptions): EvaluationSet {
  const order = fileOrder(rows, options);
  const batches = Math.floor(rows.length / options.batchSize);
  return {
    rows: rows.length,
    async *batches(limit) {
      if (limit === 0) return;
      const epoch = options.random.permutation(batches);
      const count = limit < 0 ? batches : Math.min(limit, batches);
      for (let i = 0; i < count; i++) yield batchAt(rows, order, epoch[i]!, options);
    },
  };
}

/** mlx-lm sorts by the number of a row's keys, which it takes for the length; equal ones keep their order. */
function fileOrder(rows: EncodedRows, { batchSize, world }: CompatOptions): Uint32Array {
  if (rows.length < batchSize) {
    throw new MdpError({
      code: "too-few-rows",
      message: `there are ${rows.length} rows, fewer than the ${batchSize} of a batch`,
      where: rows.where(0),
      hint: `set --batch-size ${rows.length}, or leave out --compat mlx-lm, which needs a full batch`,
    });
  }
  if (batchSize % world !== 0) {
    throw new UsageError(
      `batch_size is ${batchSize}, which ${world} processes cannot share evenly`,
      "choose a multiple, or leave out --compat mlx-lm",
    );
  }
  const { keys } = rows;
  return Uint32Array.from({ length: rows.length }, (_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
}

function batchAt(rows: EncodedRows, order: Uint32Array, batch: number, options: CompatOptions): TrainBatch {
  const { batchSize, rank, world, maxSeqLength, onCut } = options;
  const numbers: number[] = [];
  for (let i = rank; i < batchSize; i += world) numbers.push(order[batch * batchSize + i]!);
  const encoded = numbers.map((row) => rows.encode(row));
  for (const { ids } of encoded) if (ids.length > maxSeqLength) onCut();
  const longest = Math.max(...encoded.map(({ ids }) => ids.length));
  const length = Math.min(1 + PAD_TO * Math.ceil(longest / PAD_TO), maxSeqLength);
  return {
    rows: numbers.length,
    length,
    ...paddedAsMlxLm(encoded, length),
    where: (row) => rows.where(numbers[row]!),
  };
}

/** A target counts up to the step of the row's length: one of padding beyond its last token. */
function paddedAsMlxLm(encoded: readonly EncodedRow[], length: number): Pick<TrainBatch, "ids" | "targets"> {
  const ids = new Int32Array(encoded.length * length);
  const targets = new Uint8Array(encoded.length * (length - 1));
  for (const [row, { ids: tokens, offset }] of encoded.entries()) {
    const kept = Math.min(tokens.length, length);
    ids.set(tokens.subarray(0, kept), row * length);
    const start = row * (length - 1) - 1;
    const last = Math.min(kept, length - 1);
    for (let step = Math.max(1, offset); step <= last; step++) targets[start + step] = 1;
  }
  return { ids, targets };
}

interface CompatState {
  /** Of the epoch under way; 0 before the first. */
  batches: number;
  /** Batches of it that were taken. */
  position: number;
  /** Random state before the epoch's order was drawn. */
  began: number[];
  /** And now. */
  random: number[];
}

function checkedState(state: DataState, batches: number): CompatState {
  const found = state as Readonly<Record<string, unknown>> & CompatState;
  if (found.mode === "mlx-lm" && (found.batches === batches || found.batches === 0)) return found;
  throw new MdpError({
    code: "other-data",
    message: `the checkpoint stands in ${found.batches ?? "no"} batches of mode ${found.mode}; these rows make ${batches} of mlx-lm's`,
    hint: "resume with the rows, batch size and --compat of the interrupted run, or start without --resume",
  });
}
