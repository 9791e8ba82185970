/** A cache of limited size: the first tokens stay, the oldest of the others give way to new ones. */
import * as mx from "../../mlx/index.ts";
import { STEP, tokensOf } from "./buffers.ts";
import type { KeyValues, LayerCache, Mask } from "./cache.ts";
import { causalMask } from "./masks.ts";

interface Buffers {
  keys: mx.MlxArray;
  values: mx.MlxArray;
}

/** What a file holds of a cache beside its arrays. */
export interface RotatingState {
  offset: number;
  keep: number;
  maxSize: number;
  index: number;
}

export class RotatingKVCache implements LayerCache {
  readonly maxSize: number;
  readonly keep: number;
  #buffers: Buffers | undefined;
  #offset = 0;
  /** Where in the buffers the next token goes, unless it is the end of a full buffer: then `keep`. */
  #index = 0;

  /** @param maxSize tokens kept at most @param keep first tokens that stay, fewer than `maxSize` */
  constructor(maxSize: number, keep: number) {
    this.maxSize = maxSize;
    this.keep = keep;
  }

  get offset(): number {
    return this.#offset;
  }

  get trimmable(): boolean {
    return this.#offset < this.maxSize;
  }

  get state(): RotatingState {
    return { offset: this.#offset, keep: this.keep, maxSize: this.maxSize, index: this.#index };
  }

  /** Goes on from buffers of a file, which it then owns. */
  restore(keys: mx.MlxArray, values: mx.MlxArray, { offset, index }: Pick<RotatingState, "offset" | "index">): void {
    this.#replace(() => ({ keys, values }));
    this.#offset = offset;
    this.#index = index;
  }

  update(keys: mx.MlxArray, values: mx.MlxArray): KeyValues {
    const length = keys.shape[2]!;
    if (length === 1) this.#rotate(keys, values);
    else this.#append(keys, values, length);
    const { keys: allKeys, values: allValues } = this.#buffers!;
    const end = length === 1 ? Math.min(this.#offset, allKeys.shape[2]!) : allKeys.shape[2]!;
    return { keys: tokensOf(allKeys, 0, end), values: tokensOf(allValues, 0, end) };
  }

  mask(length: number, window?: number): Mask {
    if (length === 1) return this.#maskOfOne(window);
    const seen = window ?? this.maxSize;
    const offset = Math.min(this.maxSize - 1, this.#offset);
    return offset + length > seen ? causalMask(length, offset, seen) : "causal";
  }

  arrays(): mx.MlxArray[] {
    return this.#buffers ? [this.#buffers.keys, this.#buffers.values] : [];
  }

  trim(count: number): number {
    const removed = this.trimmable ? Math.min(count, this.#offset) : 0;
    this.#offset -= removed;
    this.#index -= removed;
    return removed;
  }

  [Symbol.dispose](): void {
    mx.disposeAll(this.#buffers);
    this.#buffers = undefined;
    this.#offset = this.#index = 0;
  }

  /** Where a window is narrower than the cache, one query sees a part of the ring. */
  #maskOfOne(window: number | undefined): Mask {
    if (window === undefined || this.#offset < window || this.maxSize <= window) return undefined;
    const place = this.#index >= this.maxSize ? this.keep : this.#index;
    const size = Math.min(this.#offset + 1, this.maxSize);
    return mx.tidy(() => mx.roll(mx.greaterEqual(mx.arange(0, size), size - window), place + 1));
  }

  /** Several tokens: the ring is put into the order of the text, and the new tokens behind it. */
  #append(keys: mx.MlxArray, values: mx.MlxArray, length: number): void {
    const before = this.#buffers;
    if (before) {
      this.#replace(() => {
        const inOrder = { keys: this.#inOrder(before.keys), values: this.#inOrder(before.values) };
        // So that the first new token, too, sees as many tokens as the cache keeps.
        const surplus = inOrder.keys.shape[2]! - this.maxSize + 1;
        return {
          keys: this.#joined(inOrder.keys, surplus, keys),
          values: this.#joined(inOrder.values, surplus, values),
        };
      });
    } else {
      this.#replace(() => ({ keys: mx.copy(keys), values: mx.copy(values) }));
    }
    this.#offset += length;
    this.#index = this.#buffers!.keys.shape[2]!;
  }

  /** One token: behind the last, or in place of the oldest that is not kept. */
  #rotate(keys: mx.MlxArray, values: mx.MlxArray): void {
    this.#replace(() => {
      let room = this.#grown(keys, values);
      const surplus = room.keys.shape[2]! - this.maxSize;
      if (surplus > 0) {
        room = { keys: this.#joined(room.keys, surplus), values: this.#joined(room.values, surplus) };
        this.#index = this.maxSize;
      }
      if (this.#index === this.maxSize) this.#index = this.keep;
      const place = [null, null, [this.#index, this.#index + 1]] as const;
      return { keys: mx.sliceUpdate(room.keys, keys, place), values: mx.sliceUpdate(room.values, values, place) };
    });
    this.#offset++;
    this.#index++;
  }

  /** The buffers with room for one more token, where the limit allows it. */
  #grown(keys: mx.MlxArray, values: mx.MlxArray): Buffers {
    const before = this.#buffers;
    const room = before?.keys.shape[2] ?? 0;
    if (before && (this.#offset < room || room >= this.maxSize)) return before;
    this.#index = this.#offset;
    const more = ({ shape, dtype }: mx.MlxArray) => {
      const [batch, heads, , size] = shape as [number, number, number, number];
      return mx.zeros([batch, heads, Math.min(STEP, this.maxSize - this.#offset), size], dtype);
    };
    if (!before) return { keys: more(keys), values: more(values) };
    const longer = (buffer: mx.MlxArray, x: mx.MlxArray) => mx.concatenate([buffer, more(x)], 2);
    return { keys: longer(before.keys, keys), values: longer(before.values, values) };
  }

  #inOrder(buffer: mx.MlxArray): mx.MlxArray {
    const [index, length] = [this.#index, buffer.shape[2]!];
    if (index === length) return buffer;
    if (index >= this.#offset) return tokensOf(buffer, 0, index);
    const parts = [tokensOf(buffer, 0, this.keep), tokensOf(buffer, index, length), tokensOf(buffer, this.keep, index)];
    return mx.concatenate(parts, 2);
  }

  /** Without `surplus` tokens after the kept ones, and with more behind them. */
  #joined(buffer: mx.MlxArray, surplus: number, more?: mx.MlxArray): mx.MlxArray {
    const parts =
      surplus > 0
        ? [tokensOf(buffer, 0, this.keep), tokensOf(buffer, surplus + this.keep, buffer.shape[2]!)]
        : [buffer];
    return mx.concatenate(more ? [...parts, more] : parts, 2);
  }

  /** Lets go of the buffers before, so that MLX may write in place. */
  #replace(next: () => Buffers): void {
    const before = this.#buffers;
    this.#buffers = mx.keep(
      mx.tidy(() => {
        const made = next();
        if (before && before.keys !== made.keys) mx.disposeAll(before);
        return made;
      }),
    );
  }
}
