/**
 * 64-bit hashes with a number for each, in typed arrays: 13 bytes a slot, at most half of the slots taken. A bit per
 * hash lies before the slots, since nearly every look is for a hash that is not there: the bits stay in the cache.
 */

const FIRST_CAPACITY = 1 << 12;
const BITS_PER_SLOT = 8;

export class HashTable {
  /** Three to a slot: the halves of the hash, and the number plus one; 0 there is an empty slot. */
  #slots = new Int32Array(3 * FIRST_CAPACITY);
  #bits = new Int32Array((FIRST_CAPACITY * BITS_PER_SLOT) / 32);
  #mask = FIRST_CAPACITY - 1;
  size = 0;

  /** Adds a hash; the number that it had before stays. */
  add(low: number, high: number, value: number): void {
    if (this.size * 2 > this.#mask) this.#grow();
    const at = this.#find(low, high);
    if (this.#slots[at + 2] !== 0) return;
    this.#put(at, low, high, value + 1);
    this.size++;
  }

  /** The number of a hash, or -1. */
  get(low: number, high: number): number {
    const bit = high & (this.#mask * BITS_PER_SLOT + BITS_PER_SLOT - 1);
    if ((this.#bits[bit >>> 5]! & (1 << (bit & 31))) === 0) return -1;
    return this.#slots[this.#find(low, high) + 2]! - 1;
  }

  /** Sets the number of a hash; the one that it had, or -1. */
  replace(low: number, high: number, value: number): number {
    const before = this.get(low, high);
    this.add(low, high, value);
    this.#slots[this.#find(low, high) + 2] = value + 1;
    return before;
  }

  /** Where in `#slots` a hash is, or the empty slot where it would be. */
  #find(low: number, high: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = low & mask;
    for (let at = slot * 3; ; at = slot * 3) {
      if (slots[at + 2] === 0 || (slots[at] === low && slots[at + 1] === high)) return at;
      slot = (slot + 1) & mask;
    }
  }

  #put(at: number, low: number, high: number, number: number): void {
    this.#slots[at] = low;
    this.#slots[at + 1] = high;
    this.#slots[at + 2] = number;
    const bit = high & (this.#mask * BITS_PER_SLOT + BITS_PER_SLOT - 1);
    this.#bits[bit >>> 5]! |= 1 << (bit & 31);
  }

  #grow(): void {
    const slots = this.#slots;
    const capacity = (this.#mask + 1) * 2;
    this.#slots = new Int32Array(3 * capacity);
    this.#bits = new Int32Array((capacity * BITS_PER_SLOT) / 32);
    this.#mask = capacity - 1;
    for (let at = 0; at < slots.length; at += 3) {
      if (slots[at + 2] === 0) continue;
      this.#put(this.#find(slots[at]!, slots[at + 1]!), slots[at]!, slots[at + 1]!, slots[at + 2]!);
    }
  }
}
