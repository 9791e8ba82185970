/** Nodes of known length: each sample is made when it is asked for, from those of the node before. */
import { UsageError } from "../../core/errors.ts";
import { permutation } from "../loader/permutation.ts";
import { type BatchOptions, batchOf, type DynamicBatchOptions, dynamicBatches } from "./batching.ts";
import {
  type Awaitable,
  arrayAt,
  type BufferNode,
  isEmpty,
  type Op,
  type Sample,
  sampleOf,
  type Values,
} from "./sample.ts";

export function fromSamples(samples: readonly Sample[]): BufferNode {
  return { size: samples.length, get: (index) => samples[index]! };
}

export function fromVector(rows: readonly Values[]): BufferNode {
  return fromSamples(rows.map(sampleOf));
}

export function transformed(input: BufferNode, op: Op): BufferNode {
  const apply = (sample: Sample, index: number): Awaitable<Sample> => {
    const result = op(sample, index);
    return result instanceof Promise ? result.then(kept) : kept(result);
  };
  return {
    size: input.size,
    get(index) {
      const sample = input.get(index);
      return sample instanceof Promise ? sample.then((ready) => apply(ready, index)) : apply(sample, index);
    },
  };
}

/** A buffer knows its size beforehand, so nothing can be left out. */
function kept(sample: Sample | undefined): Sample {
  if (sample && !isEmpty(sample)) return sample;
  throw new UsageError("a buffer cannot leave out samples", "call toStream() first, or choose samples with perm");
}

/** One buffer behind the other. */
export function appended(first: BufferNode, second: BufferNode): BufferNode {
  return {
    size: first.size + second.size,
    get: (index) => (index < first.size ? first.get(index) : second.get(index - first.size)),
  };
}

/** The samples at given places, in that order; places may be missing or come twice. */
export function permuted(input: BufferNode, indices: readonly number[]): BufferNode {
  const wrong = indices.find((index) => !(Number.isInteger(index) && index >= 0 && index < input.size));
  if (wrong !== undefined) throw new UsageError(`perm has the index ${wrong}; the buffer has ${input.size} samples`);
  return { size: indices.length, get: (index) => input.get(indices[index]!) };
}

/** All samples in an order that depends on the seed alone, and is the same in every pass. */
export function shuffledBuffer(input: BufferNode, seed: number): BufferNode {
  const order = permutation(input.size, seed);
  return { size: input.size, get: (index) => input.get(order.at(index)) };
}

/** Every n-th sample; the first partitions get what is left over. */
export function partitionedBuffer(input: BufferNode, count: number, partition: number): BufferNode {
  checkPartition(count, partition);
  const size = Math.max(0, Math.ceil((input.size - partition) / count));
  return { size, get: (index) => input.get(index * count + partition) };
}

/** @throws UsageError unless there are `count` partitions, of which `partition` is one */
export function checkPartition(count: number, partition: number): void {
  if (Number.isInteger(count) && Number.isInteger(partition) && partition >= 0 && partition < count) return;
  throw new UsageError(`partition ${partition} of ${count}`, "partitions count from 0 to one below their number");
}

/** Batches of one size, the last one shorter, or of listed sizes, which may leave samples out. */
export function batchedBuffer(input: BufferNode, sizes: number | readonly number[], options: BatchOptions): BufferNode {
  const ends: number[] = [];
  if (typeof sizes === "number") {
    if (!(sizes >= 1)) throw new UsageError(`batches of ${sizes} samples`);
    for (let end = sizes; end < input.size + sizes; end += sizes) ends.push(Math.min(end, input.size));
  } else {
    for (const size of sizes) ends.push((ends.at(-1) ?? 0) + size);
    if ((ends.at(-1) ?? 0) > input.size) {
      throw new UsageError(`batches of ${ends.at(-1)} samples together; the buffer has ${input.size}`);
    }
  }
  return {
    size: ends.length,
    async get(index) {
      const start = index === 0 ? 0 : ends[index - 1]!;
      const numbers = Array.from({ length: ends[index]! - start }, (_, i) => start + i);
      return batchOf(await samplesAt(input, numbers), options);
    },
  };
}

/** Batches of samples of similar size; `sizes` gives the sample whose array is measured, by default the sample itself. */
export async function dynamicallyBatched(
  input: BufferNode,
  key: string,
  { sizeBuffer = input, ...options }: DynamicBatchOptions & { sizeBuffer?: BufferNode },
): Promise<BufferNode> {
  if (sizeBuffer.size !== input.size) {
    throw new UsageError(`the size buffer has ${sizeBuffer.size} samples, the buffer ${input.size}`);
  }
  const shapes: number[][] = [];
  for (let index = 0; index < input.size; index++) {
    const array = arrayAt(await sizeBuffer.get(index), key);
    // A size buffer holds shapes, a buffer the arrays themselves.
    shapes.push(sizeBuffer === input ? [...array.shape] : [...array.data]);
  }
  const batches = dynamicBatches(key, shapes, options);
  return {
    size: batches.length,
    get: async (index) => batchOf(await samplesAt(input, batches[index]!), options),
  };
}

async function samplesAt(input: BufferNode, indices: readonly number[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const index of indices) samples.push(await input.get(index));
  return samples;
}
