/** The n-grams that a pruned model kept: from the row that an n-gram is hashed to, to the row that it has now. */
import type { Cursor } from "./cursor.ts";

const MAX_KEPT = 2 ** 28;

export class KeptNgrams {
  readonly size: number;
  /** Open addressing: the hashed row plus one, and the row that it has now. */
  readonly #buckets: Int32Array;
  readonly #rows: Int32Array;

  constructor(cursor: Cursor, size: number) {
    if (size > MAX_KEPT) throw cursor.broken(`${size} n-grams were kept, beyond ${MAX_KEPT}`);
    if (size > cursor.bytes.length / 8) throw cursor.broken(`${size} kept n-grams do not fit into the file`);
    this.size = size;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(2, size * 2)));
    this.#buckets = new Int32Array(capacity);
    this.#rows = new Int32Array(capacity);
    for (let i = 0; i < size; i++) {
      const bucket = cursor.int32("the kept n-grams");
      const row = cursor.int32("the kept n-grams");
      if (bucket < 0 || row < 0 || row >= size) throw cursor.broken(`n-gram ${bucket} has row ${row} of ${size}`);
      const slot = this.#slotOf(bucket);
      this.#buckets[slot] = bucket + 1;
      this.#rows[slot] = row;
    }
  }

  /** The row of an n-gram that is hashed to `bucket`, or -1. */
  get(bucket: number): number {
    const slot = this.#slotOf(bucket);
    return this.#buckets[slot] === 0 ? -1 : this.#rows[slot]!;
  }

  #slotOf(bucket: number): number {
    const mask = this.#buckets.length - 1;
    let slot = (Math.imul(bucket, 0x9e3779b1) >>> 7) & mask;
    while (this.#buckets[slot] !== 0 && this.#buckets[slot] !== bucket + 1) slot = (slot + 1) & mask;
    return slot;
  }
}
