/** Batches of preference pairs: shuffled for training, in the file's order for evaluation. */
import { UsageError } from "../../core/errors.ts";
import { permutation } from "../../shard/loader/permutation.ts";
import type { DataState } from "../data/batch.ts";
import { padded } from "../data/pad.ts";
import type { PreferenceBatch } from "../dpo.ts";
import type { PreferencePairs } from "./pairs.ts";

export interface PairBatchOptions {
  /** Pairs of a batch, over all processes. */
  batchSize: number;
  /** The rest of an answer is cut. */
  maxSeqLength: number;
  seed: number;
  rank: number;
  world: number;
}

/**
 * Batches without end, the pairs in another order in each epoch; those that fill no batch are left out of that epoch.
 *
 * @throws UsageError where a process would get no pair
 */
export function pairSource(pairs: PreferencePairs, options: PairBatchOptions, state?: DataState) {
  const { seed, rank, world } = options;
  const size = Math.min(options.batchSize, pairs.length);
  if (size < world) {
    throw new UsageError(`a batch of ${size} pairs is too few for ${world} processes`, "take fewer processes");
  }
  const perEpoch = Math.floor(pairs.length / size);
  let drawn = Number(state?.batches ?? 0);
  return {
    async next(): Promise<PreferenceBatch> {
      const order = permutation(pairs.length, seed, Math.floor(drawn / perEpoch));
      const first = (drawn++ % perEpoch) * size;
      const own: number[] = [];
      for (let i = rank; i < size; i += world) own.push(order.at(first + i));
      return pairBatch(pairs, own, options.maxSeqLength);
    },
    state: (): DataState => ({ batches: drawn }),
  };
}

/** This process's share of all pairs. @param limit batches at most; -1 for all */
export async function* pairEvaluation(
  pairs: PreferencePairs,
  { batchSize, maxSeqLength, rank, world }: PairBatchOptions,
  limit: number,
): AsyncGenerator<PreferenceBatch> {
  const end = limit === -1 ? pairs.length : Math.min(pairs.length, limit * batchSize);
  for (let first = 0; first < end; first += batchSize) {
    const own: number[] = [];
    for (let i = first + rank; i < Math.min(first + batchSize, end); i += world) own.push(i);
    if (own.length > 0) yield pairBatch(pairs, own, maxSeqLength);
  }
}

function pairBatch(pairs: PreferencePairs, numbers: readonly number[], maxSeqLength: number): PreferenceBatch {
  const encoded = numbers.map((number) => pairs.encode(number));
  const where = (row: number) => pairs.where(numbers[row]!);
  const sideOf = (side: "chosen" | "rejected") => ({
    ...padded(
      encoded.map((pair) => pair[side]),
      maxSeqLength,
    ),
    where,
  });
  return { rows: numbers.length, chosen: sideOf("chosen"), rejected: sideOf("rejected"), where };
}
