/** How a model is run on this machine: streams and sizes of batches. */
import { availableParallelism } from "node:os";
import { setNativeEnv } from "../core/native.ts";
import * as mx from "../mlx/index.ts";

/** Each stream holds the arrays of one batch. */
const MAX_STREAMS = 16;
/**
 * Tokens of a batch where the settings leave it out, and the freed buffers that MLX keeps per stream. On the CPU the
 * arrays of small batches stay in the caches; a GPU wants enough work for all its cores.
 */
const DEVICE_LIMITS = {
  cpu: { batchTokens: 384, cacheBytes: 32 * 1024 ** 2 },
  gpu: { batchTokens: 8192, cacheBytes: 1024 ** 3 },
};

export interface Device {
  streams: mx.Stream[];
  batchTokens: number;
}

/** One stream per core on the CPU; a GPU is one queue. The caller disposes of the streams. */
export function openDevice(batchTokens: number | undefined): Device {
  // Streams keep the cores busy; threads inside each product would only get in their way. Read when BLAS is loaded.
  setNativeEnv("OPENBLAS_NUM_THREADS", "1", { overwrite: false });
  const device = mx.defaultDevice();
  const count = device === "cpu" ? Math.min(availableParallelism(), MAX_STREAMS) : 1;
  const streams = Array.from({ length: count }, () => mx.newStream());
  const limits = DEVICE_LIMITS[device];
  mx.setCacheLimit(streams.length * limits.cacheBytes);
  return { streams, batchTokens: batchTokens ?? limits.batchTokens };
}

/**
 * Computes batches side by side, one stream each, in one evaluation. What lies between is let go of before that: MLX
 * then frees or reuses each array as soon as the next is computed.
 */
export function computeBatches<T>(
  batches: readonly T[],
  streams: readonly mx.Stream[],
  compute: (batch: T) => mx.MlxArray,
): Float32Array[] {
  return mx.tidy(() => {
    const results = batches.map((batch, i) => mx.tidy(() => mx.withStream(streams[i]!, () => compute(batch))));
    mx.evaluate(...results);
    return results.map((result) => result.toFloat32());
  });
}

/** Lets signals and other work of the event loop through; one evaluation holds the thread. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
