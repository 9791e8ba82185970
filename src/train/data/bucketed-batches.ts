/** Batches by mdp's rules: rows of like length together, every row once an epoch, and no padding is learned. */
import * as v from "valibot";
import { MdpError } from "../../core/errors.ts";
import { permutation } from "../../shard/loader/permutation.ts";
import type { BatchSource, DataState, EvaluationSet, TrainBatch } from "./batch.ts";
import type { EncodedRow } from "./kinds.ts";
import { padded } from "./pad.ts";
import type { EncodedRows } from "./rows.ts";
import { checkTargets } from "./targets.ts";

export interface BucketOptions {
  /** Rows of a batch over all ranks. */
  batchSize: number;
  maxSeqLength: number;
  seed: number;
  rank: number;
  world: number;
  /** Is told of every row that is cut. */
  onCut: () => void;
}

/** Batches whose rows are sorted together: enough for little padding, few enough for a random order. */
const WINDOW_BATCHES = 64;
/** So many rows are in memory as tokens at a time. */
const WINDOW_ROWS = 4_096;

/** Evaluations see the same batches whatever the seed is. */
const EVALUATION_SEED = 0;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const State = v.strictObject({
  mode: v.literal("mdp"),
  seed: count,
  rows: count,
  batchSize: count,
  epoch: count,
  /** Batches of the epoch that were taken. */
  batch: count,
});

/** Endless batches; which rows they have depends on rows, batch size, seed and epoch alone. */
export function bucketedSource(rows: EncodedRows, options: BucketOptions, state?: DataState): BatchSource {
  const { seed, batchSize } = options;
  const fixed = { mode: "mdp" as const, seed, rows: rows.length, batchSize };
  let { epoch, batch } = state ? checkedState(state, fixed, rows.path) : { epoch: 0, batch: 0 };
  const batchAt = batchesOf(rows, options, seed);
  const batches = batchCount(rows, options);
  return {
    rows: rows.length,
    async next() {
      if (batch === batches) [epoch, batch] = [epoch + 1, 0];
      const made = batchAt(epoch, batch);
      batch++;
      return made;
    },
    state: () => ({ ...fixed, epoch, batch }),
    [Symbol.dispose]() {},
  };
}

/** The same batches each time; with a limit the first of them, which are of all lengths. */
export function bucketedEvaluation(rows: EncodedRows, options: BucketOptions): EvaluationSet {
  const batches = batchCount(rows, options);
  return {
    rows: rows.length,
    async *batches(limit) {
      const batchAt = batchesOf(rows, options, EVALUATION_SEED);
      const end = limit < 0 ? batches : Math.min(limit, batches);
      for (let batch = 0; batch < end; batch++) yield batchAt(0, batch);
    },
  };
}

/**
 * Rows that fill no batch go one each to as many batches, so that every process has a row of each, however many
 * processes there are. @throws MdpError `too-few-rows`
 */
function batchCount({ length, path }: EncodedRows, { batchSize, world }: BucketOptions): number {
  if (Math.min(length, batchSize) >= world) return Math.max(1, Math.floor(length / batchSize));
  throw new MdpError({
    code: "too-few-rows",
    message: `${world} processes share batches of ${batchSize} rows of ${length}`,
    where: path,
    hint: `set --batch-size to ${world} or more, or run fewer processes`,
  });
}

interface WindowRow {
  row: number;
  encoded: EncodedRow;
}

function batchesOf(rows: EncodedRows, options: BucketOptions, seed: number) {
  const batches = batchCount(rows, options);
  const perWindow = Math.min(WINDOW_BATCHES, Math.max(1, Math.floor(WINDOW_ROWS / options.batchSize)));
  const begin = (batch: number) => Math.floor((batch * rows.length) / batches);
  let open: { key: string; batches: WindowRow[][] } | undefined;

  /** Rows are shuffled over the epoch; those of a window are sorted by length and cut, and the batches shuffled. */
  const windowOf = (epoch: number, window: number): WindowRow[][] => {
    const first = window * perWindow;
    const last = Math.min(batches, first + perWindow);
    const shuffled = permutation(rows.length, seed, epoch);
    const from = begin(first);
    const found = Array.from({ length: begin(last) - from }, (_, i) => encode(rows, shuffled.at(from + i), options));
    found.sort((a, b) => a.encoded.ids.length - b.encoded.ids.length);
    const order = permutation(last - first, seed, epoch, window);
    return Array.from({ length: last - first }, (_, i) => {
      const batch = first + order.at(i);
      return found.slice(begin(batch) - from, begin(batch + 1) - from);
    });
  };

  return (epoch: number, batch: number): TrainBatch => {
    const window = Math.floor(batch / perWindow);
    const key = `${epoch}:${window}`;
    if (open?.key !== key) open = { key, batches: windowOf(epoch, window) };
    const all = open.batches[batch - window * perWindow]!;
    const own = all.filter((_, i) => i % options.world === options.rank);
    return {
      ...padded(
        own.map(({ encoded }) => encoded),
        options.maxSeqLength,
      ),
      where: (i) => rows.where(own[i]!.row),
    };
  };
}

/** Cut to the longest that is kept. @throws MdpError `fully-masked` for a row without a target */
function encode(rows: EncodedRows, row: number, { maxSeqLength, onCut }: BucketOptions): WindowRow {
  const encoded = rows.encode(row);
  checkTargets(encoded, maxSeqLength, rows.where(row));
  const { ids, offset } = encoded;
  if (ids.length <= maxSeqLength) return { row, encoded };
  onCut();
  return { row, encoded: { ids: ids.slice(0, maxSeqLength), offset } };
}

function checkedState(state: DataState, fixed: Readonly<Record<string, unknown>>, where: string) {
  const parsed = v.safeParse(State, state);
  const found = (parsed.success ? parsed.output : state) as Readonly<Record<string, unknown>>;
  const other = Object.keys(fixed).find((key) => found[key] !== fixed[key]);
  if (parsed.success && other === undefined) return parsed.output;
  throw new MdpError({
    code: "other-data",
    message: other
      ? `the checkpoint has ${other} ${String(found[other])}, this run ${String(fixed[other])}`
      : "the checkpoint's place in the data cannot be read",
    where,
    hint: "resume with the rows, batch size, seed and --compat of the interrupted run, or start without --resume",
  });
}
