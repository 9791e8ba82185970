/** Buffers and streams as users write them: chains of methods over the nodes, each with a twin `…If(condition, …)`. */
import { textOf } from "./array.ts";
import type { BatchOptions, DynamicBatchOptions } from "./batching.ts";
import {
  appended,
  batchedBuffer,
  dynamicallyBatched,
  fromSamples,
  partitionedBuffer,
  permuted,
  shuffledBuffer,
  transformed,
} from "./buffers.ts";
import { checkedIndex, checkSize, iterate, samplesOf } from "./checks.ts";
import { bufferedStream, dynamicallyBatchedStream, expanded, slidingWindows } from "./groups.ts";
import { type SampleOps, sampleOps } from "./ops/index.ts";
import { prefetched } from "./prefetch.ts";
import { shuffledStream } from "./reservoir.ts";
import {
  type Awaitable,
  arrayAt,
  type BufferNode,
  type Json,
  type Op,
  type Sample,
  type StreamNode,
} from "./sample.ts";
import { fromBuffer, orderedAhead } from "./stream-sources.ts";
import { batchedStream, partitionedStream, repeated, transformedStream } from "./streams.ts";
import { lines, pathOf, type TextSource, tableRows } from "./text-files.ts";

/** Every operation on samples as a method that gives the dataset with it applied. */
type OpMethods<Self> = { [Name in keyof SampleOps]: (...args: Parameters<SampleOps[Name]>) => Self };

/** Each method once more under a condition: without it nothing changes. */
type Twins<Methods, Self> = {
  [Name in keyof Methods & string as `${Name}If`]: Methods[Name] extends (...args: infer Args) => unknown
    ? (condition: boolean, ...args: Args) => Self
    : never;
};

/** What only buffers can do. */
interface BufferMethods {
  /** The samples of another buffer behind these. */
  append(other: Buffer): Buffer;
  /** The samples at some places: reorders, repeats, chooses. */
  perm(indices: readonly number[]): Buffer;
  /** A permutation that depends on the seed alone, and is the same in every pass. */
  shuffle(options?: { seed?: number }): Buffer;
  /** Every n-th sample. */
  partition(numPartitions: number, partition: number): Buffer;
  /** Batches of one size, the last one shorter; or of listed sizes. */
  batch(batchSize: number | readonly number[], options?: BatchOptions): Buffer;
}

/** What only streams can do. */
interface StreamMethods {
  /** Draws from a reservoir of `bufferSize` samples; the seed and the pass decide. */
  shuffle(bufferSize: number, options?: { seed?: number }): Stream;
  batch(batchSize: number, options?: BatchOptions): Stream;
  /** Sorts `bufferSize` samples at a time by the size of an array, and batches those that are alike. */
  dynamicBatch(bufferSize: number, key: string, options?: StreamDynamicBatchOptions): Stream;
  /** Every n-th sample; partitions may differ by one at the end. */
  partition(numPartitions: number, partition: number): Stream;
  /** The stream, and `numTimes` more; for ever when that is not above 0. */
  repeat(numTimes: number): Stream;
  /** Makes samples ahead of the consumer, in order. */
  prefetch(prefetchSize: number): Stream;
  /** Gathers samples, and goes through what a function makes of the buffer of them. */
  buffered(bufferSize: number, onRefill?: (buffer: Buffer) => Awaitable<Buffer>): Stream;
  /** Windows over an array, one sample each; those at the end may be shorter. */
  slidingWindow(key: string, size: number, stride: number, options?: { dim?: number; indexKey?: string }): Stream;
  /** The lines of the text file that a key names, one sample each. */
  lineReaderFromKey(key: string, dstKey: string, options?: KeyTextOptions): Stream;
  /** The rows of the table that a key names, one sample each. */
  csvReaderFromKey(key: string, options?: KeyTextOptions & TableOptions): Stream;
}

type BufferChain = OpMethods<Buffer> & BufferMethods;
type StreamChain = OpMethods<Stream> & StreamMethods;

/** Samples of known number, each made when it is asked for. */
export interface Buffer extends BufferChain, Twins<BufferChain, Buffer> {
  readonly size: number;
  /** A sample; negative places count from the end. */
  get(index: number): Promise<Sample>;
  /** Measures every sample, sorts them by the size of an array, and batches those that are alike. */
  dynamicBatch(key: string, options?: BufferDynamicBatchOptions): Promise<Buffer>;
  toStream(): Stream;
  /** A stream in order, with samples made ahead, some at once. */
  orderedPrefetch(prefetchSize: number, numWorkers: number): Stream;
  /** Makes all samples now and keeps them in memory. */
  concretize(): Promise<Buffer>;
  /** A buffer has no position; its state tells only whether it has the same size. */
  state(): Json;
  restore(state: Json): void;
  [Symbol.asyncIterator](): AsyncIterator<Sample>;
}

/** Samples one after the other. */
export interface Stream extends StreamChain, Twins<StreamChain, Stream> {
  /** The next sample; undefined at the end. One call at a time. */
  next(): Promise<Sample | undefined>;
  /** Begins again; random choices differ in each pass. */
  reset(): void;
  /** All samples that are left, in memory. */
  toBuffer(): Promise<Buffer>;
  /** Where it stands, as plain JSON. */
  state(): Json;
  /** Goes on from a state of the same pipeline. */
  restore(state: Json): void;
  [Symbol.asyncIterator](): AsyncIterator<Sample>;
}

export type StreamDynamicBatchOptions = DynamicBatchOptions & {
  /** Mixes the batches of each `bufferSize` samples; else the smallest samples come first. */
  shuffle?: boolean;
  seed?: number;
};

export interface BufferDynamicBatchOptions extends DynamicBatchOptions {
  /** A buffer of the same size whose samples hold the shapes, so that no sample has to be made to know it. */
  sizeBuffer?: Buffer;
}

/** Nodes behind the faces, for those that join or unpack them. */
const nodes = new WeakMap<object, BufferNode>();

function nodeOf(buffer: Buffer): BufferNode {
  return nodes.get(buffer)!;
}

/** The face of a buffer node. */
export function makeBuffer(node: BufferNode): Buffer {
  const self: Record<string, unknown> = {
    size: node.size,
    get: async (index: number) => node.get(checkedIndex(index, node.size)),
    dynamicBatch: async (key: string, { sizeBuffer, ...options }: BufferDynamicBatchOptions = {}) =>
      makeBuffer(
        await dynamicallyBatched(node, key, { ...options, ...(sizeBuffer && { sizeBuffer: nodeOf(sizeBuffer) }) }),
      ),
    toStream: () => makeStream(fromBuffer(node)),
    orderedPrefetch: (ahead: number, workers: number) => makeStream(orderedAhead(node, ahead, workers)),
    concretize: async () => makeBuffer(fromSamples(await samplesOf(fromBuffer(node)))),
    state: () => ({ size: node.size }),
    restore: (state: Json) => checkSize(state, node.size),
    [Symbol.asyncIterator]: () => iterate(fromBuffer(node)),
  };
  addMethods(self, bufferMethods(node), (op) => makeBuffer(transformed(node, op)));
  nodes.set(self, node);
  return self as unknown as Buffer;
}

/** The face of a stream node. */
export function makeStream(node: StreamNode): Stream {
  const self: Record<string, unknown> = {
    next: () => node.next(),
    reset: () => node.reset(),
    toBuffer: async () => makeBuffer(fromSamples(await samplesOf(node))),
    state: () => node.state(),
    restore: (state: Json) => node.restore(state),
    [Symbol.asyncIterator]: () => iterate(node),
  };
  addMethods(self, streamMethods(node), (op) => makeStream(transformedStream(node, op)));
  return self as unknown as Stream;
}

function bufferMethods(node: BufferNode): BufferMethods {
  return {
    append: (other) => makeBuffer(appended(node, nodeOf(other))),
    perm: (indices) => makeBuffer(permuted(node, indices)),
    shuffle: ({ seed = 0 } = {}) => makeBuffer(shuffledBuffer(node, seed)),
    partition: (count, partition) => makeBuffer(partitionedBuffer(node, count, partition)),
    batch: (size, options = {}) => makeBuffer(batchedBuffer(node, size, options)),
  };
}

function streamMethods(node: StreamNode): StreamMethods {
  const rows = (
    name: string,
    key: string,
    options: KeyTextOptions,
    read: (source: TextSource) => AsyncIterable<Sample>,
  ) => makeStream(expanded(name, node, (sample) => read(sourceOf(sample, key, options))));
  return {
    shuffle: (size, { seed = 0 } = {}) => makeStream(shuffledStream(node, size, seed)),
    batch: (size, options = {}) => makeStream(batchedStream(node, size, options)),
    dynamicBatch: (size, key, options = {}) => makeStream(dynamicallyBatchedStream(node, size, key, options)),
    partition: (count, partition) => makeStream(partitionedStream(node, count, partition)),
    repeat: (times) => makeStream(repeated(node, times)),
    prefetch: (size) => makeStream(prefetched(node, size)),
    buffered: (size, onRefill = (buffer) => buffer) =>
      makeStream(bufferedStream(node, size, async (buffer) => nodeOf(await onRefill(makeBuffer(buffer))))),
    slidingWindow: (key, size, stride, options = {}) => makeStream(slidingWindows(node, key, size, stride, options)),
    lineReaderFromKey: (key, dstKey, options = {}) =>
      rows("lines", key, options, (source) => lineSamples(source, dstKey)),
    csvReaderFromKey: (key, { sep = ",", quote = '"', ...options } = {}) =>
      rows("rows", key, options, (source) => tableRows(source, sep, quote)),
  };
}

export interface TableOptions {
  sep?: string;
  quote?: string;
}

export interface KeyTextOptions {
  /** The array is the text itself, not the name of a file. */
  fromMemory?: boolean;
  unzip?: boolean;
  /** The folder that names are relative to. */
  localPrefix?: string;
}

/** Each line as a sample of one key. */
export async function* lineSamples(source: TextSource, key: string): AsyncGenerator<Sample, void, undefined> {
  for await (const line of lines(source)) yield { [key]: { shape: [line.length], data: line } };
}

function sourceOf(
  sample: Sample,
  key: string,
  { fromMemory = false, unzip = false, localPrefix = "" }: KeyTextOptions,
) {
  const value = arrayAt(sample, key);
  const { buffer, byteOffset, byteLength } = value.data;
  const from = fromMemory ? new Uint8Array(buffer, byteOffset, byteLength) : pathOf(textOf(value), localPrefix);
  return { from, unzip };
}

function addMethods(self: Record<string, unknown>, own: object, apply: (op: Op) => object): void {
  const methods = new Map<string, (...args: never[]) => unknown>(Object.entries(own));
  for (const [name, op] of Object.entries(sampleOps)) {
    methods.set(name, (...args) => apply((op as (...args: never[]) => Op)(...args)));
  }
  for (const [name, method] of methods) {
    self[name] = method;
    self[`${name}If`] = (condition: boolean, ...args: never[]) => (condition ? method(...args) : self);
  }
}
