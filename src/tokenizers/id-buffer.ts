/** A growing list of ids in one typed array, made once and used for document after document. */
export class IdBuffer {
  /** `ids[0, length)` is valid; the array is replaced when it grows. */
  ids: Uint32Array;
  length = 0;

  constructor(capacity = 4_096) {
    this.ids = new Uint32Array(Math.max(1, capacity));
  }

  push(id: number): void {
    if (this.length === this.ids.length) this.reserve(1);
    this.ids[this.length++] = id;
  }

  /** Makes room for `more` ids after `length`. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.ids.length) return;
    const grown = new Uint32Array(Math.max(needed, this.ids.length * 2));
    grown.set(this.ids.subarray(0, this.length));
    this.ids = grown;
  }

  append(ids: ArrayLike<number>): void {
    this.reserve(ids.length);
    this.ids.set(ids, this.length);
    this.length += ids.length;
  }

  clear(): void {
    this.length = 0;
  }

  /** A copy of what is in it. */
  toArray(): Uint32Array {
    return this.ids.slice(0, this.length);
  }
}
