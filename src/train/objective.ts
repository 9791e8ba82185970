/** What a run makes small: the loss of a batch, and how much of it counts. */
import * as mx from "../mlx/index.ts";
import type { Params } from "../mlx/nn/params.ts";
import type { DecoderInput, RunLayer } from "../models/decoder.ts";
import type { TrainBatch } from "./data/batch.ts";
import { arraysOfBatch, batchOfArrays, countedTargets, type LossOrder, summedLoss } from "./loss.ts";

/** @param B its kind of batch: plain typed arrays */
export interface Objective<B = TrainBatch> {
  /** What a batch brings to the device; freed by the `tidy` around. */
  arrays(batch: B): mx.MlxArray[];
  /** Mean over what counts in the batch: one float32, a pure function of the parameters and the batch's arrays. */
  loss(params: Params, batch: readonly mx.MlxArray[], runLayer: RunLayer | undefined): mx.MlxArray;
  /** How much counts: tokens, pairs. Means over several batches are weighted by it. */
  weight(batch: B): number;
}

/** @param logits of a decoder, `[rows, length, vocabulary]` */
export type Logits = (params: Params, input: DecoderInput) => mx.MlxArray;

/** Next-token prediction: cross entropy, added up in float32, divided by the number of counted targets. */
export function nextToken(logits: Logits, order?: LossOrder): Objective {
  return {
    arrays: arraysOfBatch,
    weight: countedTargets,
    loss: (params, arrays, runLayer) => {
      const batch = batchOfArrays(arrays);
      const found = logits(params, { ids: batch.inputs, mask: batch.mask, runLayer });
      const { sum, count } = summedLoss(found, batch, order);
      return mx.divide(sum, count);
    },
  };
}
