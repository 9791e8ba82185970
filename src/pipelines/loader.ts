/** `loader bench`: how fast a set of shards can be read, in order and shuffled, and how soon a stopped run goes on. */
import { InterruptedError } from "../core/errors.ts";
import { type Batch, type LoaderOptions, ShardLoader } from "../shard/loader.ts";

export interface LoaderBenchRequest {
  /** A folder of shards, the folder above, or its shard_index.json. */
  path: string;
  options: LoaderOptions;
  /** Each order is read for so long, or to the end of the epoch. */
  seconds: number;
  signal?: AbortSignal;
  onProgress?: (done: LoaderPass) => void;
}

export interface LoaderPass {
  order: "in order" | "shuffled";
  batches: number;
  samples: number;
  /** Cells of all batches, padding included. */
  tokens: number;
  seconds: number;
  batchesPerSecond: number;
  tokensPerSecond: number;
  /** Bytes of input_ids alone. */
  bytesPerSecond: number;
}

export interface LoaderBenchReport {
  path: string;
  samplesPerEpoch: number;
  /** From nothing to the first batch, of an epoch's start and of a state in its middle, both shuffled. */
  openSeconds: number;
  resumeSeconds: number;
  passes: LoaderPass[];
}

/** Reads a set twice, copying each batch once, as a trainer does. */
export async function benchLoader(request: LoaderBenchRequest): Promise<LoaderBenchReport> {
  const { path, options } = request;
  const first = await timeToFirst(path, { ...options, shuffle: true });
  const next = Math.floor(first.samplesPerEpoch / 2);
  const state = first.batch && { fingerprint: first.batch.state.fingerprint, seed: options.seed ?? 0, epoch: 0, next };
  const resumed = await timeToFirst(path, { ...options, shuffle: true, state });
  return {
    path,
    samplesPerEpoch: first.samplesPerEpoch,
    openSeconds: first.seconds,
    resumeSeconds: resumed.seconds,
    passes: [await readPass(request, "in order"), await readPass(request, "shuffled")],
  };
}

async function timeToFirst(path: string, options: LoaderOptions) {
  const started = performance.now();
  using loader = await ShardLoader.open(path, options);
  let batch: Batch | undefined;
  for await (batch of loader) break;
  return { batch, seconds: (performance.now() - started) / 1000, samplesPerEpoch: loader.samplesPerEpoch };
}

async function readPass(request: LoaderBenchRequest, order: LoaderPass["order"]): Promise<LoaderPass> {
  const { path, options, seconds: limit, signal, onProgress } = request;
  using loader = await ShardLoader.open(path, { ...options, shuffle: order === "shuffled", reuse: true });
  const pass: LoaderPass = {
    order,
    batches: 0,
    samples: 0,
    tokens: 0,
    seconds: 0,
    batchesPerSecond: 0,
    tokensPerSecond: 0,
    bytesPerSecond: 0,
  };
  let bytes = 0;
  let copy: Uint8Array = new Uint8Array(0);
  const started = performance.now();
  for await (const batch of loader) {
    if (signal?.aborted) throw new InterruptedError();
    const { input_ids: ids, segment_ids: segments } = batch;
    copy = copied(segments, copied(ids, copy));
    bytes += ids.byteLength;
    pass.batches++;
    pass.samples += batch.rows;
    pass.tokens += batch.rows * batch.length;
    pass.seconds = (performance.now() - started) / 1000;
    if (pass.seconds >= limit) break;
    if (pass.batches % 256 === 0) onProgress?.(rated(pass, bytes));
  }
  return rated(pass, bytes);
}

/** Copies a tensor to `target`, which grows to the largest tensor seen. */
function copied(tensor: Uint16Array | Uint32Array | undefined, target: Uint8Array): Uint8Array {
  if (!tensor) return target;
  const into = target.length < tensor.byteLength ? new Uint8Array(tensor.byteLength) : target;
  into.set(new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength));
  return into;
}

function rated(pass: LoaderPass, bytes: number): LoaderPass {
  const seconds = Math.max(pass.seconds, 1e-9);
  return {
    ...pass,
    batchesPerSecond: pass.batches / seconds,
    tokensPerSecond: pass.tokens / seconds,
    bytesPerSecond: bytes / seconds,
  };
}
