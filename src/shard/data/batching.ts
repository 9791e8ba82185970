/** Puts samples together to batches, and chooses which ones by their size. */
import { UsageError } from "../../core/errors.ts";
import { dimOf, type NdArray, sizeOf, zerosLike } from "./array.ts";
import { place } from "./move.ts";
import { arrayAt, type Sample } from "./sample.ts";

export interface BatchOptions {
  /** What fills places without a value, by key; 0 by default. */
  pad?: Readonly<Record<string, number>>;
  /** The dimension along which arrays are joined, by key; other keys are stacked along a new first dimension. */
  dim?: Readonly<Record<string, number>>;
}

export interface DynamicBatchOptions extends BatchOptions {
  /** Most elements of a batch, padding included; everything is one batch without it. */
  maxDataSize?: number;
  /** Leaves out samples that are larger than a batch; else each is a batch of its own. */
  dropOutliers?: boolean;
}

/** One batch of samples, which all have the first one's keys. */
export function batchOf(samples: readonly Sample[], { pad = {}, dim = {} }: BatchOptions): Sample {
  const batch: Record<string, NdArray> = {};
  for (const key of Object.keys(samples[0]!)) {
    const arrays = samples.map((sample) => arrayAt(sample, key));
    batch[key] = joined(key, arrays, dim[key], pad[key] ?? 0);
  }
  return batch;
}

function joined(key: string, arrays: readonly NdArray[], dim: number | undefined, pad: number): NdArray {
  const shape = batchShape(key, arrays, dim);
  const target = zerosLike(arrays[0]!, shape);
  if (pad !== 0) target.data.fill(pad);
  if (dim === undefined) stack(arrays, target);
  else {
    const along = dimOf(arrays[0]!, dim);
    const at = shape.map(() => 0);
    for (const array of arrays) {
      place(array, target, at);
      at[along]! += array.shape[along]!;
    }
  }
  return target;
}

function stack(arrays: readonly NdArray[], target: NdArray): void {
  const inner = target.shape.slice(1);
  const stride = sizeOf(inner);
  for (const [i, array] of arrays.entries()) {
    // Of one dimension, or as large as the batch allows: one run, which is the usual case.
    const isRun = inner.length <= 1 || array.data.length === stride;
    if (isRun) target.data.set(array.data, i * stride);
    else place({ shape: [1, ...array.shape], data: array.data }, target, [i, ...inner.map(() => 0)]);
  }
}

/** The smallest shape that holds all arrays, stacked or joined along `dim`. */
function batchShape(key: string, arrays: readonly NdArray[], dim: number | undefined): readonly number[] {
  const [first, ...others] = arrays;
  const shape = [...first!.shape];
  const along = dim === undefined ? -1 : dimOf(first!, dim);
  for (const other of others) {
    if (other.shape.length !== shape.length) throw unlike(key);
    for (let d = 0; d < shape.length; d++) {
      const size = other.shape[d]!;
      if (d === along) shape[d]! += size;
      else if (size > shape[d]!) shape[d] = size;
    }
  }
  return dim === undefined ? [arrays.length, ...shape] : shape;
}

/** The shape of a batch with one more array. */
function grown(
  key: string,
  batch: readonly number[] | undefined,
  shape: readonly number[],
  dim: number | undefined,
): readonly number[] {
  const one = dim === undefined ? [1, ...shape] : shape;
  if (!batch) return one;
  if (one.length !== batch.length) throw unlike(key);
  const along = dim === undefined ? 0 : dimOf({ shape }, dim);
  return batch.map((size, d) => (d === along ? size + one[d]! : Math.max(size, one[d]!)));
}

/** Which samples go into which batch: sorted by size, and cut where a batch would get too large. */
export function dynamicBatches(
  key: string,
  shapes: readonly (readonly number[])[],
  { maxDataSize = -1, dropOutliers = false, dim = {} }: DynamicBatchOptions,
): number[][] {
  const numbers = [...shapes.keys()];
  if (maxDataSize <= 0) return numbers.length === 0 ? [] : [numbers];
  const sizes = shapes.map(sizeOf);
  numbers.sort((a, b) => sizes[a]! - sizes[b]! || a - b);
  const batches: number[][] = [];
  let batch: number[] = [];
  let shape: readonly number[] | undefined;
  for (const number of numbers) {
    const alone = grown(key, undefined, shapes[number]!, dim[key]);
    const isOutlier = sizeOf(alone) > maxDataSize;
    if (isOutlier && dropOutliers) continue;
    const larger = grown(key, shape, shapes[number]!, dim[key]);
    if (batch.length > 0 && sizeOf(larger) > maxDataSize) {
      batches.push(batch);
      batch = [];
    }
    shape = batch.length === 0 ? alone : larger;
    batch.push(number);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

function unlike(key: string): UsageError {
  return new UsageError(`arrays of "${key}" with different numbers of dimensions cannot be one batch`);
}
