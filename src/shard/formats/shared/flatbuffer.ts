/**
 * Reads FlatBuffers with every access checked: the library's own reader follows a damaged length for minutes. See
 * https://flatbuffers.dev/internals/.
 */

/** A table at a place in a buffer; fields by their number in the schema. */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  /** @throws RangeError, as every method, when a place is outside the buffer */
  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  /** The table that a buffer begins with. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  uint8(field: number): number {
    const at = this.#place(field);
    return at === 0 ? 0 : this.#view.getUint8(at);
  }

  int32(field: number): number {
    const at = this.#place(field);
    return at === 0 ? 0 : this.#view.getInt32(at, true);
  }

  has(field: number): boolean {
    return this.#place(field) !== 0;
  }

  table(field: number): FlatTable {
    return new FlatTable(this.#view, this.#target(field));
  }

  tables(field: number): FlatTable[] {
    const { start, count } = this.#vector(field, 4);
    return Array.from({ length: count }, (_, index) => {
      const at = start + 4 * index;
      return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
    });
  }

  text(field: number): string {
    const { start, count } = this.#vector(field, 1);
    return Buffer.from(this.#view.buffer, this.#view.byteOffset + start, count).toString();
  }

  /** A vector of structs that are two 64-bit numbers. */
  pairs(field: number): [number, number][] {
    const { start, count } = this.#vector(field, 16);
    const number = (at: number) => Number(this.#view.getBigInt64(at, true));
    return Array.from({ length: count }, (_, index) => {
      const at = start + 16 * index;
      return [number(at), number(at + 8)];
    });
  }

  #vector(field: number, itemBytes: number): { start: number; count: number } {
    if (!this.has(field)) return { start: 0, count: 0 };
    const at = this.#target(field);
    const count = this.#view.getUint32(at, true);
    const start = at + 4;
    if (start + count * itemBytes > this.#view.byteLength) throw new RangeError("a vector ends outside the buffer");
    return { start, count };
  }

  #target(field: number): number {
    const at = this.#place(field);
    if (at === 0) throw new RangeError(`field ${field} is missing`);
    return at + this.#view.getUint32(at, true);
  }

  /** Where a field's value lies; 0 when it has the default. */
  #place(field: number): number {
    const entries = this.#at - this.#view.getInt32(this.#at, true);
    const slot = 4 + 2 * field;
    if (slot >= this.#view.getUint16(entries, true)) return 0;
    const offset = this.#view.getUint16(entries + slot, true);
    return offset === 0 ? 0 : this.#at + offset;
  }
}
