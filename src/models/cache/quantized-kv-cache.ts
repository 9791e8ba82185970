/** A cache whose keys and values are quantized along each head: an eighth of the memory, and a little less exact. */
import { MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { tokensOf, written } from "./buffers.ts";
import type { KeyValues, LayerCache, Mask } from "./cache.ts";
import { causalMask } from "./masks.ts";

/** Words, scales and biases `[batch, heads, room, …]`. */
export type QuantizedBuffer = Required<mx.QuantizedMatrix>;

export class QuantizedKVCache implements LayerCache {
  readonly trimmable = true;
  readonly groupSize: number;
  readonly bits: number;
  #keys: QuantizedBuffer | undefined;
  #values: QuantizedBuffer | undefined;
  #offset = 0;

  constructor(groupSize: number, bits: number) {
    this.groupSize = groupSize;
    this.bits = bits;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Fills an empty cache with buffers of which the first `offset` tokens count. */
  begin(keys: mx.MlxArray, values: mx.MlxArray, offset: number): void {
    this.#keys = mx.keep(this.#quantize(keys));
    this.#values = mx.keep(this.#quantize(values));
    this.#offset = offset;
  }

  /** Goes on from buffers of which the first `offset` tokens count; it then owns them. */
  restore(keys: QuantizedBuffer, values: QuantizedBuffer, offset: number): void {
    this[Symbol.dispose]();
    this.#keys = mx.keep(keys);
    this.#values = mx.keep(values);
    this.#offset = offset;
  }

  update(keys: mx.MlxArray, values: mx.MlxArray): KeyValues {
    this.#keys = this.#written(this.#keys, keys);
    this.#values = this.#written(this.#values, values);
    this.#offset += keys.shape[2]!;
    const { groupSize, bits } = this;
    return { keys: this.#seen(this.#keys), values: this.#seen(this.#values), groupSize, bits };
  }

  mask(length: number, window?: number): Mask {
    if (window !== undefined && this.#offset + length > window) return causalMask(length, this.#offset, window);
    return length === 1 ? undefined : "causal";
  }

  arrays(): mx.MlxArray[] {
    return [this.#keys, this.#values].flatMap((buffer) => (buffer ? Object.values(buffer) : []));
  }

  trim(count: number): number {
    const removed = Math.min(count, this.#offset);
    this.#offset -= removed;
    return removed;
  }

  [Symbol.dispose](): void {
    mx.disposeAll([this.#keys, this.#values]);
    this.#keys = this.#values = undefined;
    this.#offset = 0;
  }

  #quantize(x: mx.MlxArray): QuantizedBuffer {
    const { groupSize, bits } = this;
    checkKvQuantization(groupSize, bits, x.shape.at(-1)!);
    return mx.quantize(x, { groupSize, bits }) as QuantizedBuffer;
  }

  #written(buffer: QuantizedBuffer | undefined, x: mx.MlxArray): QuantizedBuffer {
    const update = this.#quantize(x);
    const part = (name: keyof QuantizedBuffer) => written(buffer?.[name], update[name], this.#offset);
    return { weight: part("weight"), scales: part("scales"), biases: part("biases") };
  }

  #seen(buffer: QuantizedBuffer): QuantizedBuffer {
    const part = (name: keyof QuantizedBuffer) => tokensOf(buffer[name], 0, this.#offset);
    return { weight: part("weight"), scales: part("scales"), biases: part("biases") };
  }
}

/** @throws MdpError for sizes that MLX does not have, or that do not divide a head, where its size is known */
export function checkKvQuantization(groupSize: number, bits: number, headSize = groupSize): void {
  if (![2, 3, 4, 5, 6, 8].includes(bits)) {
    throw invalid(`keys cannot be quantized to ${bits} bits`, "choose 2, 3, 4, 5, 6 or 8 bits");
  }
  if ([32, 64, 128].includes(groupSize) && headSize % groupSize === 0) return;
  const what = headSize === groupSize ? "keys" : `keys of ${headSize} numbers`;
  throw invalid(
    `${what} cannot be quantized in groups of ${groupSize}`,
    "choose groups of 32, 64 or 128 that divide the size of a head",
  );
}

function invalid(message: string, hint: string): MdpError {
  return new MdpError({ code: "option-invalid", message, hint });
}
