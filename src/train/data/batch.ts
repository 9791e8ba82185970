/** What a training step takes, whatever the data is: rows of ids, and which of their targets count. */

/** Plain typed arrays, row-major; `train/` makes MLX arrays of them. */
export interface TrainBatch {
  rows: number;
  /** Tokens of a row, padding counted. Inputs are `ids[:, :-1]`, targets `ids[:, 1:]`. */
  length: number;
  /** `[rows, length]`. */
  ids: Int32Array<ArrayBuffer>;
  /** `[rows, length - 1]`, 1 where the target counts in the loss. */
  targets: Uint8Array<ArrayBuffer>;
  /** `[rows, length]`: tokens see those of the same number only; 0 is padding. Absent: all before is seen. */
  segments?: Uint16Array<ArrayBuffer>;
  /** No row of the data: this process has none of a batch of which others have some. It is computed and weighs nothing. */
  standIn?: boolean;
  /** Names the rows in errors: a file and line, or a sample of a shard. */
  where(row: number): string;
}

/** Where a source of batches stands: plain JSON, written into checkpoints. */
export type DataState = Readonly<Record<string, unknown>>;

/** Batches without end, epoch after epoch. */
export interface BatchSource extends Disposable {
  /** Rows of one epoch, over all ranks. */
  readonly rows: number;
  next(): Promise<TrainBatch>;
  /** Where `next` goes on. */
  state(): DataState;
}

/** A fixed set of batches, in a fixed order: validation and test. */
export interface EvaluationSet {
  readonly rows: number;
  /** @param limit batches at most; -1 for all */
  batches(limit: number): AsyncIterable<TrainBatch>;
}
