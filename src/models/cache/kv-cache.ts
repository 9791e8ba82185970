/** The plain cache: grows in steps, forgets nothing. */
import * as mx from "../../mlx/index.ts";
import type { KeyValues, LayerCache, Mask } from "./cache.ts";
import { causalMask } from "./masks.ts";

/** Tokens by which the buffers grow. */
const STEP = 256;

export class KVCache implements LayerCache {
  #keys: mx.MlxArray | undefined;
  #values: mx.MlxArray | undefined;
  #offset = 0;

  get offset(): number {
    return this.#offset;
  }

  update(keys: mx.MlxArray, values: mx.MlxArray): KeyValues {
    const end = this.#offset + keys.shape[2]!;
    this.#keys = written(this.#keys, keys, this.#offset);
    this.#values = written(this.#values, values, this.#offset);
    this.#offset = end;
    const range = [null, null, [0, end]] as const;
    return { keys: mx.slice(this.#keys, range), values: mx.slice(this.#values, range) };
  }

  mask(length: number, window?: number): Mask {
    if (window !== undefined && this.#offset + length > window) return causalMask(length, this.#offset, window);
    return length === 1 ? undefined : "causal";
  }

  arrays(): mx.MlxArray[] {
    return this.#keys && this.#values ? [this.#keys, this.#values] : [];
  }

  /** Forgets the last `count` tokens, at most all; returns how many. */
  trim(count: number): number {
    const removed = Math.min(count, this.#offset);
    this.#offset -= removed;
    return removed;
  }

  [Symbol.dispose](): void {
    mx.disposeAll([this.#keys, this.#values]);
    this.#keys = this.#values = undefined;
  }
}

/** The buffer with `update` at `offset`, longer when it must be; the old one is let go of. */
function written(buffer: mx.MlxArray | undefined, update: mx.MlxArray, offset: number): mx.MlxArray {
  const length = update.shape[2]!;
  return mx.keep(
    mx.tidy(() => {
      let room = buffer;
      const missing = offset + length - (room?.shape[2] ?? 0);
      if (missing > 0) {
        const [batch, heads, , size] = update.shape as [number, number, number, number];
        const more = mx.zeros([batch, heads, Math.ceil(missing / STEP) * STEP, size], update.dtype);
        room = room ? mx.concatenate([room, more], 2) : more;
      }
      const result = mx.sliceUpdate(room!, update, [null, null, [offset, offset + length]]);
      buffer?.dispose();
      return result;
    }),
  );
}
