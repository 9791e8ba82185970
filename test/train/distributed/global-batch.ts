/** Batches of four rows with unequal numbers of tokens: whole, cut between processes, and in another order. */
import type { TrainBatch } from "../../../src/train/data/batch.ts";
import { madeUpBatch } from "../../support/train-runs.ts";

const ROWS = 4;

export const validationNumbers = [101, 102];

export function globalBatch(number: number): TrainBatch {
  return madeUpBatch(number, ROWS);
}

/** The rows of these numbers, in this order. */
export function pickRows(batch: TrainBatch, numbers: readonly number[]): TrainBatch {
  const pick = (values: ArrayLike<number>, width: number) =>
    numbers.flatMap((row) => Array.from({ length: width }, (_, i) => values[row * width + i]!));
  return {
    ...batch,
    rows: numbers.length,
    ids: Int32Array.from(pick(batch.ids, batch.length)),
    targets: Uint8Array.from(pick(batch.targets, batch.length - 1)),
    where: (row) => batch.where(numbers[row]!),
  };
}

/** The part of a batch that one of `world` processes trains on. */
export function rowsOf(batch: TrainBatch, rank: number, world: number): TrainBatch {
  const rows = batch.rows / world;
  return pickRows(
    batch,
    Array.from({ length: rows }, (_, i) => rank * rows + i),
  );
}

/** Orders of a batch's rows other than their own; three of them move every row. */
export const orders = [
  [1, 0, 2, 3],
  [0, 2, 3, 1],
  [1, 2, 3, 0],
  [2, 1, 0, 3],
  [2, 3, 0, 1],
  [3, 2, 1, 0],
] as const;
