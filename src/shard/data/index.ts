/**
 * The vocabulary of mlx.data in TypeScript: buffers and streams of samples, made and changed by chained methods with
 * mlx-data's names in camel case, keyword arguments as an options object. Beyond it each random operation takes a seed,
 * and each stream has `state()` and `restore(state)`. Left out: images, audio and video (`load_image`, `image_*`,
 * `load_audio`, `load_video`, `save_image`), remote file fetchers, `min_data_size`, and the number of threads: work that
 * waits for files overlaps through `prefetch` and `orderedPrefetch`, always in order. Text is an array of bytes, token
 * ids are int32.
 */
import { fromVector } from "./buffers.ts";
import {
  type Buffer,
  type KeyTextOptions,
  lineSamples,
  makeBuffer,
  makeStream,
  type Stream,
  type TableOptions,
} from "./dataset.ts";
import type { Values } from "./sample.ts";
import { fromIterable, fromLines } from "./stream-sources.ts";
import { tarFiles } from "./tar.ts";
import { pathOf, tableRows } from "./text-files.ts";

export { arrayOf, type NdArray, type Numbers, numberOf, textOf, type Value } from "./array.ts";
export type { BatchOptions, DynamicBatchOptions } from "./batching.ts";
export { BPEMerges } from "./bpe-merges.ts";
export { CharTrie, type TokenizeOptions } from "./char-trie.ts";
export type { Buffer, BufferDynamicBatchOptions, Stream } from "./dataset.ts";
export type { Json, Sample, Values } from "./sample.ts";

export type FileTextOptions = Omit<KeyTextOptions, "fromMemory">;

/** A buffer of samples given as objects; see `Value` for what becomes an array. */
export function bufferFromVector(samples: readonly Values[]): Buffer {
  return makeBuffer(fromVector(samples));
}

/** The names of the files in a tar archive under `file`, in its order; with `nested` archives in it are folders. */
export function filesFromTar(tarfile: string, { nested = false }: { nested?: boolean } = {}): Buffer {
  return bufferFromVector(tarFiles(tarfile, nested).map(({ name }) => ({ file: name })));
}

/** The lines of a text file under a key, without their newline. */
export function streamLineReader(file: string, key: string, options: FileTextOptions = {}): Stream {
  const { unzip = false, localPrefix = "" } = options;
  const source = { from: pathOf(file, localPrefix), unzip };
  return makeStream(unzip ? fromIterable("lines", () => lineSamples(source, key)) : fromLines(source, key));
}

/** The rows of a table whose first line names the keys. */
export function streamCsvReader(file: string, options: FileTextOptions & TableOptions = {}): Stream {
  const { sep = ",", quote = '"', unzip = false, localPrefix = "" } = options;
  const source = { from: pathOf(file, localPrefix), unzip };
  return makeStream(fromIterable("rows", () => tableRows(source, sep, quote)));
}

/** The same for a text that is a table. */
export function streamCsvReaderFromString(content: string, { sep = ",", quote = '"' }: TableOptions = {}): Stream {
  const source = { from: new TextEncoder().encode(content), unzip: false };
  return makeStream(fromIterable("rows", () => tableRows(source, sep, quote)));
}

/** What an iterable yields; the function makes a new one for each pass. */
export function streamIterable(factory: () => Iterable<Values> | AsyncIterable<Values>): Stream {
  return makeStream(fromIterable("iterable", factory));
}
