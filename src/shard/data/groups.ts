/** Nodes that make several samples out of one, or out of a buffer of them: windows, lines, sorted batches. */
import { UsageError } from "../../core/errors.ts";
import { permutation } from "../loader/permutation.ts";
import { dimOf, scalar } from "./array.ts";
import { type BatchOptions, batchOf, type DynamicBatchOptions, dynamicBatches } from "./batching.ts";
import { fromSamples } from "./buffers.ts";
import { cut } from "./move.ts";
import { arrayAt, type BufferNode, numberState, readState, type Sample, type StreamNode, stateOf } from "./sample.ts";

/**
 * A stream of the samples of groups, one group after the other. `read` takes what a group needs from the input and gives
 * its samples; undefined at the end. The state is the input's before the group, and how many of it were given.
 */
function grouped(
  node: string,
  input: StreamNode,
  read: (group: number) => Promise<AsyncIterable<Sample> | Iterable<Sample> | undefined>,
): StreamNode {
  let before = input.state();
  let given = 0;
  /** Groups that were begun, over all passes, for seeded choices. */
  let group = 0;
  let current: AsyncIterator<Sample> | Iterator<Sample> | undefined;
  let skip = 0;

  const begin = async () => {
    before = input.state();
    given = 0;
    const samples = await read(group);
    if (!samples) return false;
    current = Symbol.asyncIterator in samples ? samples[Symbol.asyncIterator]() : samples[Symbol.iterator]();
    return true;
  };
  const leave = () => {
    void current?.return?.();
    current = undefined;
    given = 0;
  };

  return {
    async next() {
      while (true) {
        if (!current && !(await begin())) return undefined;
        const { done, value } = await current!.next();
        if (done) {
          current = undefined;
          group++;
          skip = 0;
          continue;
        }
        given++;
        if (given > skip) return value;
      }
    },
    reset() {
      leave();
      skip = 0;
      group++;
      input.reset();
    },
    state: () => (current ? stateOf(node, [group, given], before) : stateOf(node, [group, skip], input.state())),
    restore(state) {
      const { own, input: start } = readState(node, state);
      const [groups, samples] = Array.isArray(own) ? (own as number[]) : [];
      leave();
      group = numberState(node, groups ?? null);
      skip = numberState(node, samples ?? null);
      input.restore(start);
    },
  };
}

async function take(input: StreamNode, count: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  while (samples.length < count) {
    const sample = await input.next();
    if (!sample) break;
    samples.push(sample);
  }
  return samples;
}

/** Windows of `size` that begin every `stride` elements of a dimension; the last ones may be shorter, as in mlx-data. */
export function slidingWindows(
  input: StreamNode,
  key: string,
  size: number,
  stride: number,
  { dim = -1, indexKey = "" }: { dim?: number; indexKey?: string },
): StreamNode {
  if (!(size >= 1 && stride >= 1)) throw new UsageError(`windows of ${size} by ${stride}; both begin at 1`);
  return grouped("window", input, async () => {
    const sample = await input.next();
    return sample && windowsOf(sample, key, size, stride, dim, indexKey);
  });
}

function* windowsOf(sample: Sample, key: string, size: number, stride: number, dim: number, indexKey: string) {
  const array = arrayAt(sample, key);
  const d = dimOf(array, dim);
  const length = array.shape[d]!;
  for (let start = 0, index = 0; start < length; start += stride, index++) {
    const from = array.shape.map((_, i) => (i === d ? start : 0));
    const sizes = array.shape.map((all, i) => (i === d ? Math.min(size, length - start) : all));
    const window = { ...sample, [key]: cut(array, from, sizes) };
    yield indexKey === "" ? window : { ...window, [indexKey]: scalar(index) };
  }
}

/** Gathers `size` samples, hands them over as a buffer, and goes through the buffer that comes back. */
export function bufferedStream(
  input: StreamNode,
  size: number,
  refill: (buffer: BufferNode) => BufferNode | Promise<BufferNode>,
): StreamNode {
  if (!(size >= 1)) throw new UsageError(`a buffer of ${size} samples`);
  return grouped("buffered", input, async () => {
    const samples = await take(input, size);
    return samples.length === 0 ? undefined : samplesOf(await refill(fromSamples(samples)));
  });
}

async function* samplesOf(buffer: BufferNode): AsyncGenerator<Sample> {
  for (let index = 0; index < buffer.size; index++) yield await buffer.get(index);
}

/** Sorts each `size` samples by the size of an array, and batches those that are alike; `shuffle` mixes the batches. */
export function dynamicallyBatchedStream(
  input: StreamNode,
  size: number,
  key: string,
  { shuffle = false, seed = 0, ...options }: DynamicBatchOptions & { shuffle?: boolean; seed?: number },
): StreamNode {
  if (!(size >= 1)) throw new UsageError(`a buffer of ${size} samples`);
  return grouped("dynamic-batch", input, async (group) => {
    const samples = await take(input, size);
    if (samples.length === 0) return undefined;
    const shapes = samples.map((sample) => arrayAt(sample, key).shape);
    const batches = dynamicBatches(key, shapes, options);
    const order = permutation(batches.length, seed, group);
    return batchesOf(samples, shuffle ? batches.map((_, i) => batches[order.at(i)]!) : batches, options);
  });
}

function* batchesOf(samples: readonly Sample[], batches: readonly number[][], options: BatchOptions) {
  for (const batch of batches) {
    yield batchOf(
      batch.map((number) => samples[number]!),
      options,
    );
  }
}

/** The samples of each sample, e.g. the rows of a file that it names. */
export function expanded(
  node: string,
  input: StreamNode,
  expand: (sample: Sample) => AsyncIterable<Sample> | Iterable<Sample>,
): StreamNode {
  return grouped(node, input, async () => {
    const sample = await input.next();
    return sample && expand(sample);
  });
}
