/** Reads a fastText file from its start, little-endian; what it should hold but does not is an error. */
import { MdpError } from "../../../core/errors.ts";

export class Cursor {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #where: string;
  at = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
  }

  /** Moves over `count` bytes; where they begin. */
  take(count: number, what: string): number {
    const start = this.at;
    if (count > this.bytes.length - start) {
      throw this.broken(`it ends within ${what}: ${count} bytes are wanted, ${this.bytes.length - start} are left`);
    }
    this.at += count;
    return start;
  }

  uint8(what: string): number {
    return this.bytes[this.take(1, what)]!;
  }

  int32(what: string): number {
    return this.#view.getInt32(this.take(4, what), true);
  }

  /** A count within `limit`; fastText writes such numbers as int64. */
  size(what: string, limit: number): number {
    const value = Number(this.#view.getBigInt64(this.take(8, what), true));
    if (value < 0 || value > limit) throw this.broken(`${what} is ${value}, beyond 0 to ${limit}`);
    return value;
  }

  int64(what: string): number {
    return Number(this.#view.getBigInt64(this.take(8, what), true));
  }

  float64(what: string): number {
    return this.#view.getFloat64(this.take(8, what), true);
  }

  /** `count` float32, copied only where they do not lie at a multiple of four bytes. */
  floats(count: number, what: string): Float32Array {
    const start = this.take(count * 4, what);
    const offset = this.bytes.byteOffset + start;
    if (offset % 4 === 0) return new Float32Array(this.bytes.buffer, offset, count);
    return new Float32Array(Uint8Array.from(this.bytes.subarray(start, start + count * 4)).buffer);
  }

  broken(what: string): MdpError {
    return new MdpError({
      code: "model-unreadable",
      message: `this is not a whole fastText model: ${what}`,
      where: this.#where,
      hint: "download the model again; a .bin or .ftz file that fastText 0.1 or later saved is read",
    });
  }
}
