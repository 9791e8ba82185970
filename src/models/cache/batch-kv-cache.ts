/** A cache for several texts of unequal length, which end at the same place: shorter ones have padding on their left. */
import * as mx from "../../mlx/index.ts";
import { tokensOf, written } from "./buffers.ts";
import type { KeyValues, LayerCache, Mask } from "./cache.ts";
import { causalMask } from "./masks.ts";

export class BatchKVCache implements LayerCache {
  readonly trimmable = true;
  #keys: mx.MlxArray | undefined;
  #values: mx.MlxArray | undefined;
  /** Padding tokens of each row, int32 `[batch]`. */
  #padding: mx.MlxArray;
  #length = 0;

  /** @param padding tokens before each text, at least one of them 0 */
  constructor(padding: readonly number[]) {
    this.#padding = mx.keep(mx.array([...padding], "int32"));
  }

  /** Tokens in each row, padding counted. */
  get length(): number {
    return this.#length;
  }

  /** Negative inside the padding. */
  get offset(): mx.MlxArray {
    return mx.subtract(this.#length, this.#padding);
  }

  update(keys: mx.MlxArray, values: mx.MlxArray): KeyValues {
    this.#keys = written(this.#keys, keys, this.#length);
    this.#values = written(this.#values, values, this.#length);
    this.#length += keys.shape[2]!;
    return { keys: tokensOf(this.#keys, 0, this.#length), values: tokensOf(this.#values, 0, this.#length) };
  }

  mask(length: number, window?: number): Mask {
    return mx.tidy(() => {
      const columns = mx.arange(0, this.#length + length);
      const text = mx.lessEqual(mx.expandDims(this.#padding, [1, 2, 3]), columns);
      return mx.logicalAnd(causalMask(length, this.#length, window), text);
    });
  }

  arrays(): mx.MlxArray[] {
    return this.#keys && this.#values ? [this.#keys, this.#values] : [];
  }

  trim(count: number): number {
    const removed = Math.min(count, this.#length);
    this.#length -= removed;
    return removed;
  }

  /** Goes on with these rows only, without the padding that they all have. */
  filter(rows: readonly number[]): void {
    const [padding, common] = mx.tidy(() => {
      const kept = mx.take(this.#padding, mx.array([...rows], "int32"), 0);
      const least = Number(mx.min(kept).item());
      return [mx.subtract(kept, least), least] as const;
    });
    this.#padding.dispose();
    this.#padding = mx.keep(padding);
    const shorten = (buffer: mx.MlxArray | undefined): mx.MlxArray | undefined => {
      if (!buffer) return undefined;
      const kept = mx.tidy(() => {
        const chosen = mx.take(buffer, mx.array([...rows], "int32"), 0);
        return tokensOf(chosen, common, chosen.shape[2]!);
      });
      buffer.dispose();
      return mx.keep(kept);
    };
    this.#keys = shorten(this.#keys);
    this.#values = shorten(this.#values);
    this.#length -= common;
  }

  [Symbol.dispose](): void {
    mx.disposeAll([this.#keys, this.#values, this.#padding]);
    this.#keys = this.#values = undefined;
    this.#length = 0;
  }
}
