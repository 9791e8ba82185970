/** The caches that suit a model and a task. */
import type { LayerCache } from "./cache.ts";
import { KVCache } from "./kv-cache.ts";
import { QuantizedKVCache } from "./quantized-kv-cache.ts";
import { RotatingKVCache } from "./rotating-kv-cache.ts";

/** First tokens that a cache of limited size keeps; models lean on them. */
const KEPT = 4;

export interface CacheOptions {
  /** Tokens that a layer keeps at most, the first four among them. Default: all that the layer can see. */
  maxSize?: number | undefined;
  /** Tokens can be forgotten again at any time: layers with a window keep all tokens then. */
  trimmable?: boolean;
}

/** Empty caches, one for each of a decoder's `windows`; a layer that sees only a window keeps only that. */
export function makeCaches(windows: readonly (number | undefined)[], options: CacheOptions = {}): LayerCache[] {
  const { maxSize, trimmable = false } = options;
  return windows.map((window) => {
    if (maxSize !== undefined && maxSize < (window ?? Number.POSITIVE_INFINITY))
      return new RotatingKVCache(maxSize, KEPT);
    return window === undefined || trimmable ? new KVCache() : new RotatingKVCache(window, 0);
  });
}

export interface KvQuantization {
  /** Nothing is quantized without it. */
  kvBits?: number | undefined;
  kvGroupSize: number;
  /** Tokens in the cache from which on it is quantized. */
  quantizedKvStart: number;
}

/** Replaces plain caches that are long enough by quantized ones. */
export function quantizeCaches(caches: LayerCache[], options: KvQuantization): void {
  const { kvBits, kvGroupSize, quantizedKvStart } = options;
  if (kvBits === undefined) return;
  caches.forEach((cache, i) => {
    if (cache instanceof KVCache && cache.offset >= quantizedKvStart)
      caches[i] = cache.toQuantized(kvGroupSize, kvBits);
  });
}

/** Whether any cache is quantized. */
export function quantizationOf(caches: readonly LayerCache[]): { groupSize: number; bits: number } | undefined {
  return caches.find((cache) => cache instanceof QuantizedKVCache);
}
