/** Batches of four rows with unequal numbers of tokens, whole and cut between processes. */
import type { TrainBatch } from "../../../src/train/data/batch.ts";
import { madeUpBatch } from "../../support/train-runs.ts";

/** Adam turns the rounding of a small gradient into a whole step; SGD does not. */
export const sharedSettings = { optimizer: "sgd", learningRate: 0.02 } as const;

export const validationNumbers = [101, 102];

export function globalBatch(number: number): TrainBatch {
  return madeUpBatch(number, 4);
}

/** The part of a batch that one of `world` processes trains on. */
export function rowsOf(batch: TrainBatch, rank: number, world: number): TrainBatch {
  const rows = batch.rows / world;
  const cut = <T extends Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(values: T, width: number) =>
    values.slice(rank * rows * width, (rank + 1) * rows * width) as T;
  return {
    ...batch,
    rows,
    ids: cut(batch.ids, batch.length),
    targets: cut(batch.targets, batch.length - 1),
    where: (row) => batch.where(rank * rows + row),
  };
}
