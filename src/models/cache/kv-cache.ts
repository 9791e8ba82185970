/** The plain cache: grows in steps, forgets nothing. */
import * as mx from "../../mlx/index.ts";
import { tokensOf, written } from "./buffers.ts";
import type { KeyValues, LayerCache, Mask } from "./cache.ts";
import { causalMask } from "./masks.ts";
import { QuantizedKVCache } from "./quantized-kv-cache.ts";

export class KVCache implements LayerCache {
  readonly trimmable = true;
  #keys: mx.MlxArray | undefined;
  #values: mx.MlxArray | undefined;
  #offset = 0;

  get offset(): number {
    return this.#offset;
  }

  update(keys: mx.MlxArray, values: mx.MlxArray): KeyValues {
    this.#keys = written(this.#keys, keys, this.#offset);
    this.#values = written(this.#values, values, this.#offset);
    this.#offset += keys.shape[2]!;
    return { keys: tokensOf(this.#keys, 0, this.#offset), values: tokensOf(this.#values, 0, this.#offset) };
  }

  mask(length: number, window?: number): Mask {
    if (window !== undefined && this.#offset + length > window) return causalMask(length, this.#offset, window);
    return length === 1 ? undefined : "causal";
  }

  arrays(): mx.MlxArray[] {
    return this.#keys && this.#values ? [this.#keys, this.#values] : [];
  }

  trim(count: number): number {
    const removed = Math.min(count, this.#offset);
    this.#offset -= removed;
    return removed;
  }

  /** Goes on from buffers of which the first `offset` tokens count; it then owns them. */
  restore(keys: mx.MlxArray, values: mx.MlxArray, offset: number): void {
    this[Symbol.dispose]();
    this.#keys = mx.keep(keys);
    this.#values = mx.keep(values);
    this.#offset = offset;
  }

  /** The same tokens in a quantized cache; this one is empty afterwards. */
  toQuantized(groupSize: number, bits: number): QuantizedKVCache {
    const quantized = new QuantizedKVCache(groupSize, bits);
    if (this.#keys && this.#values) quantized.begin(this.#keys, this.#values, this.#offset);
    this[Symbol.dispose]();
    return quantized;
  }

  [Symbol.dispose](): void {
    mx.disposeAll([this.#keys, this.#values]);
    this.#keys = this.#values = undefined;
    this.#offset = 0;
  }
}
