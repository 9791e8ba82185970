/** Batches of encoded rows: in mlx-lm's order and with its padding, or sorted by length with nothing lost. */
import { MdpError, UsageError } from "../../../core/errors.ts";
import type { BatchSource, DataState, EvaluationSet, TrainBatch } from "../../../train/data/batch.ts";
import type { EncodedRows } from "./encode.ts";
import { NumpyRandom } from "./numpy-random.ts";

export interface BatchOptions {
  /** Rows of a batch over all ranks. */
  batchSize: number;
  maxSeqLength: number;
  seed: number;
  rank: number;
  world: number;
  compat: boolean;
}

/** Rows are padded to a multiple of this many inputs, so that few shapes occur. */
const PAD_TO = 32;
/** Batches whose rows are sorted by length together: enough for little padding, few enough for a random order. */
const WINDOW_BATCHES = 64;

/**
 * Training batches, epoch after epoch.
 *
 * In mlx-lm's mode batches are consecutive rows, the last ones that fill none are left out, and their order comes from
 * `random`, which evaluations draw from too. Else each epoch has an order of its own, and all rows.
 */
export function trainingBatches(
  rows: EncodedRows,
  options: BatchOptions,
  random: NumpyRandom,
  state?: DataState,
): BatchSource {
  checkRows(rows, options);
  let epoch = Number(state?.epoch ?? 0);
  let done = Number(state?.done ?? 0);
  let order: Uint32Array[] | undefined;
  if (state?.random) random.restore(state.random as ReturnType<NumpyRandom["state"]>);
  const consecutive = () => cut(rows, options, false);
  if (state?.order) order = Array.from(state.order as number[], (i) => consecutive()[i]!);
  let drawn = (state?.order as number[] | undefined) ?? [];
  const begin = (): Uint32Array[] => {
    if (!options.compat) return epochBatches(rows, options, epoch);
    const batches = consecutive();
    drawn = Array.from(random.permutation(batches.length));
    return drawn.map((i) => batches[i]!);
  };
  return {
    rows: rows.count,
    async next() {
      order ??= begin();
      if (done === order.length) {
        epoch++;
        done = 0;
        order = begin();
      }
      return batchOf(rows, order[done++]!, options);
    },
    state: () => ({ epoch, done, ...(options.compat ? { order: drawn, random: random.state() } : {}) }),
    [Symbol.dispose]: () => {},
  };
}

/** Validation or test batches; in mlx-lm's mode their order is drawn from `random`, which its training uses too. */
export function evaluationBatches(rows: EncodedRows, options: BatchOptions, random: NumpyRandom): EvaluationSet {
  checkRows(rows, options);
  return {
    rows: rows.count,
    async *batches(limit) {
      const batches = options.compat ? cut(rows, options, false) : cut(rows, options, true, byLength(rows));
      const order = options.compat ? random.permutation(batches.length) : batches.keys();
      let left = limit < 0 ? Number.POSITIVE_INFINITY : limit;
      for (const i of order) {
        if (left-- <= 0) return;
        yield batchOf(rows, batches[i]!, options);
      }
    },
  };
}

function epochBatches(rows: EncodedRows, options: BatchOptions, epoch: number): Uint32Array[] {
  const random = new NumpyRandom((options.seed + epoch * 0x9e3779b1) >>> 0);
  const shuffled = random.permutation(rows.count);
  const window = WINDOW_BATCHES * options.batchSize;
  const sorted: number[] = [];
  for (let from = 0; from < rows.count; from += window) {
    // Rows of equal length keep their random order, as the sort is stable.
    const part = Array.from(shuffled.subarray(from, from + window));
    sorted.push(...part.sort((a, b) => lengthOf(rows, a) - lengthOf(rows, b)));
  }
  const batches = cut(rows, options, true, sorted);
  return Array.from(random.permutation(batches.length), (i) => batches[i]!);
}

/** Batches of consecutive rows of an order; the tail too, as far as every rank gets a row of it. */
function cut(rows: EncodedRows, options: BatchOptions, tail: boolean, order?: readonly number[]): Uint32Array[] {
  const { batchSize, world } = options;
  const batches: Uint32Array[] = [];
  for (let from = 0; from < rows.count; from += batchSize) {
    const size = Math.min(batchSize, rows.count - from);
    if (size < batchSize && !tail) break;
    const whole = size - (size % world);
    if (whole > 0) batches.push(Uint32Array.from({ length: whole }, (_, i) => order?.[from + i] ?? from + i));
  }
  return batches;
}

function byLength(rows: EncodedRows): number[] {
  return Array.from({ length: rows.count }, (_, i) => i).sort((a, b) => lengthOf(rows, a) - lengthOf(rows, b));
}

const lengthOf = ({ starts }: EncodedRows, row: number) => starts[row + 1]! - starts[row]!;

/** This rank's rows of a batch. */
function batchOf(rows: EncodedRows, all: Uint32Array, options: BatchOptions): TrainBatch {
  const own = all.filter((_, i) => i % options.world === options.rank);
  const longest = own.reduce((most, row) => Math.max(most, lengthOf(rows, row)), 0);
  const length = Math.min(
    1 + PAD_TO * Math.ceil((options.compat ? longest : longest - 1) / PAD_TO),
    options.maxSeqLength,
  );
  const ids = new Int32Array(own.length * length);
  const targets = new Uint8Array(own.length * (length - 1));
  for (const [i, row] of own.entries()) {
    const start = rows.starts[row]!;
    const kept = Math.min(lengthOf(rows, row), length);
    ids.set(rows.ids.subarray(start, start + kept), i * length);
    // mlx-lm also counts the first token of the padding.
    const end = options.compat ? Math.min(kept + 1, length) : kept;
    const first = Math.max(1, rows.prompts[row]!);
    if (first < end) targets.fill(1, i * (length - 1) + first - 1, i * (length - 1) + end - 1);
  }
  return { rows: own.length, length, ids, targets, where: (i) => whereOf(rows, own[i]!) };
}

const whereOf = ({ path, lines }: EncodedRows, row: number) => `${path}:${lines[row]}`;

function checkRows(rows: EncodedRows, { batchSize, world, compat, maxSeqLength }: BatchOptions): void {
  if (batchSize % world !== 0) {
    throw new UsageError(`--batch-size ${batchSize} does not divide by the ${world} processes of the run`);
  }
  if (rows.count < (compat ? batchSize : world)) {
    throw new MdpError({
      code: "too-few-rows",
      message: `there are ${rows.count} rows, one batch takes ${compat ? batchSize : world}`,
      where: rows.path,
      hint: "add rows, or set a smaller --batch-size",
    });
  }
  if (compat) return;
  for (let row = 0; row < rows.count; row++) {
    if (Math.max(1, rows.prompts[row]!) < Math.min(lengthOf(rows, row), maxSeqLength)) continue;
    const prompt = rows.prompts[row]!;
    throw new MdpError({
      code: "fully-masked",
      message:
        prompt > 0
          ? `no token of the row counts: its prompt has ${prompt} tokens, and ${Math.min(lengthOf(rows, row), maxSeqLength)} are kept`
          : `the row has ${lengthOf(rows, row)} tokens, and nothing to predict`,
      where: whereOf(rows, row),
      hint: prompt > 0 ? "raise --max-seq-length, or remove the row" : "remove the row",
    });
  }
}
