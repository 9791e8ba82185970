/** Which samples the next batches have, in order, for one rank. */

import { openedFor } from "./gather.ts";
import type { OpenSet } from "./open-set.ts";
import type { LoaderOptions } from "./options.ts";
import { permutation } from "./permutation.ts";
import { rowsOfRank } from "./ranks.ts";
import type { Sequence } from "./sequence.ts";
import type { LoaderState } from "./state.ts";

export interface BatchPlan {
  /** This rank's rows: set and sample of each. */
  sets: Uint16Array;
  samples: Float64Array;
  /** Tokens of a row where the whole global batch decides it. */
  length: number | undefined;
  /** Rows of the global batch. */
  globalRows: number;
  epoch: number;
  /** The state after this batch. */
  after: LoaderState;
}

/** Salt of the order in which the batches of a pool come. */
const POOLS = 2;

/** Plans batches from `state` on; each is planned when it is asked for. */
export async function* planBatches(
  sequence: Sequence,
  openSets: readonly OpenSet[],
  options: LoaderOptions,
  state: LoaderState,
): AsyncGenerator<BatchPlan, void, undefined> {
  const epochs = options.epochs ?? 1;
  let at = state;
  while (at.epoch < epochs && sequence.size > 0) {
    const plans =
      options.maxTokens === undefined
        ? planByRows(sequence, options, at)
        : planByTokens(sequence, openSets, options, options.maxTokens, at);
    yield* plans;
    at = epochAfter(at);
  }
}

function epochAfter({ fingerprint, seed, epoch }: LoaderState): LoaderState {
  return { fingerprint, seed, epoch: epoch + 1, next: 0 };
}

function* planByRows(sequence: Sequence, options: LoaderOptions, state: LoaderState): Generator<BatchPlan> {
  const { batchSize = 32, rank = 0, world = 1, dropLast = false } = options;
  const { seed, epoch } = state;
  for (let next = state.next; next < sequence.size; ) {
    const globalRows = Math.min(batchSize, sequence.size - next);
    if (dropLast && globalRows < batchSize) return;
    const { from, to } = rowsOfRank(globalRows, rank, world);
    const sets = new Uint16Array(to - from);
    const samples = new Float64Array(to - from);
    sequence.fill(seed, epoch, next + from, sets, samples);
    next += globalRows;
    const left = sequence.size - next;
    const ended = left === 0 || (dropLast && left < batchSize);
    const after = ended ? epochAfter(state) : { fingerprint: state.fingerprint, seed, epoch, next };
    yield { sets, samples, length: undefined, globalRows, epoch, after };
  }
}

/** Pools follow each other; in each, samples are sorted by length and cut where a batch would be too large. */
async function* planByTokens(
  sequence: Sequence,
  openSets: readonly OpenSet[],
  options: LoaderOptions,
  maxTokens: number,
  state: LoaderState,
): AsyncGenerator<BatchPlan, void, undefined> {
  const { pool = 1_024, rank = 0, world = 1, shuffle = false } = options;
  const { fingerprint, seed, epoch } = state;
  let skip = state.skip ?? 0;
  for (let next = state.next; next < sequence.size; next += pool, skip = 0) {
    const size = Math.min(pool, sequence.size - next);
    const sets = new Uint16Array(size);
    const samples = new Float64Array(size);
    sequence.fill(seed, epoch, next, sets, samples);
    const batches = batchesOfPool(await lengthsOf(openSets, sets, samples), maxTokens);
    const order = permutation(batches.length, seed, epoch, POOLS, next);
    for (let i = skip; i < batches.length; i++) {
      const { rows, length } = batches[shuffle ? order.at(i) : i]!;
      const { from, to } = rowsOfRank(rows.length, rank, world);
      const own = rows.subarray(from, to);
      const last = i + 1 === batches.length;
      const ended = last && next + pool >= sequence.size;
      const place = last ? { next: next + pool } : { next, skip: i + 1 };
      yield {
        sets: Uint16Array.from(own, (row) => sets[row]!),
        samples: Float64Array.from(own, (row) => samples[row]!),
        length,
        globalRows: rows.length,
        epoch,
        after: ended ? epochAfter(state) : { fingerprint, seed, epoch, ...place },
      };
    }
  }
}

/** A sample that is longer than a batch may be gets one of its own. */
function batchesOfPool(lengths: Float64Array, maxTokens: number): { rows: Uint32Array; length: number }[] {
  const byLength = Uint32Array.from(lengths.keys()).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const batches: { rows: Uint32Array; length: number }[] = [];
  let start = 0;
  for (let end = 1; end <= byLength.length; end++) {
    const isFull = end === byLength.length || (end + 1 - start) * lengths[byLength[end]!]! > maxTokens;
    if (!isFull) continue;
    batches.push({ rows: byLength.subarray(start, end), length: lengths[byLength[end - 1]!]! });
    start = end;
  }
  return batches;
}

async function lengthsOf(
  openSets: readonly OpenSet[],
  sets: Uint16Array,
  samples: Float64Array,
): Promise<Float64Array> {
  const opened = await openedFor(openSets, sets, samples);
  return Float64Array.from(samples, (sample, i) => openSets[sets[i]!]!.reader.lengthOf(sample, opened[sets[i]!]!));
}
