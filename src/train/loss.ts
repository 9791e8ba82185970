/** The loss of next-token prediction, and the arrays that a batch becomes. */
import * as mx from "../mlx/index.ts";
import type { TrainBatch } from "./data/batch.ts";

/** Negative log likelihood of each target, in the logits' type. `logits` `[…, vocabulary]`, `targets` `[…]` of ids. */
export function crossEntropy(logits: mx.MlxArray, targets: mx.MlxArray): mx.MlxArray {
  const shifted = mx.subtract(logits, mx.stopGradient(mx.max(logits, -1, true)));
  const score = mx.squeeze(mx.takeAlongAxis(shifted, mx.expandDims(targets, -1), -1), -1);
  return mx.subtract(mx.logsumexp(shifted, -1), score);
}

/** A batch on the device; freed by the `tidy` around. */
export interface BatchArrays {
  /** int32 `[rows, length - 1]`: what the model sees. */
  inputs: mx.MlxArray;
  /** int32 `[rows, length - 1]`: what it should say next. */
  targets: mx.MlxArray;
  /** bool `[rows, length - 1]`: which targets count. */
  counted: mx.MlxArray;
  /** bool `[rows, 1, length - 1, length - 1]` where documents share a row. */
  mask: mx.MlxArray | undefined;
}

/** What a batch brings to the device, in a fixed order: ids, which targets count, and segments where it has them. */
export function arraysOfBatch(batch: TrainBatch): mx.MlxArray[] {
  const { rows, length, ids, targets, segments } = batch;
  const arrays = [mx.fromTypedArray(ids, [rows, length]), mx.fromTypedArray(targets, [rows, length - 1], "bool")];
  if (segments) arrays.push(mx.fromTypedArray(segments, [rows, length]));
  return arrays;
}

export function batchOfArrays([ids, counted, segments]: readonly mx.MlxArray[]): BatchArrays {
  const [rows, length] = ids!.shape as [number, number];
  const inputs = mx.slice(ids!, [
    [0, rows],
    [0, length - 1],
  ]);
  const targets = mx.slice(ids!, [
    [0, rows],
    [1, length],
  ]);
  const mask =
    segments &&
    segmentMask(
      mx.slice(segments, [
        [0, rows],
        [0, length - 1],
      ]),
    );
  return { inputs, targets, counted: counted!, mask };
}

/** True where a token (row) may see another: one before it, of the same segment. `segments` `[rows, length]`. */
export function segmentMask(segments: mx.MlxArray): mx.MlxArray {
  const length = segments.shape[1]!;
  const same = mx.equal(mx.expandDims(segments, 2), mx.expandDims(segments, 1));
  return mx.expandDims(mx.logicalAnd(same, mx.tri(length, length, 0, "bool")), 1);
}

/** How losses are added up: a row's sum does not depend on the rows beside it, or all in one go, as mlx-lm does. */
export type LossOrder = "by row" | "at once";

/** The losses of the counted targets added up in float32, and how many those are. */
export function summedLoss(
  logits: mx.MlxArray,
  batch: BatchArrays,
  order: LossOrder = "by row",
): { sum: mx.MlxArray; count: mx.MlxArray } {
  const losses = mx.astype(mx.multiply(crossEntropy(logits, batch.targets), batch.counted), "float32");
  // Thousands of losses in one go are rounded otherwise for each share of the rows that a process has.
  const sum = mx.sum(order === "by row" ? mx.sum(losses, -1) : losses);
  return { sum, count: mx.sum(batch.counted) };
}

/** How many targets of a batch count; none of one that stands for no rows. */
export function countedTargets({ targets, standIn }: TrainBatch): number {
  let count = 0;
  if (standIn) return count;
  for (const counted of targets) count += counted;
  return count;
}
