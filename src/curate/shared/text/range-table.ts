/** Ranges of one text that are compared by their characters, without cutting them out. */
import { grown } from "./buffers.ts";

const FIRST_SLOTS = 1 << 10;

/** Owns its buffers; they grow with the number of ranges and shrink again on `clear`. */
export class RangeTable {
  #count = 0;
  #starts = new Int32Array(FIRST_SLOTS / 2);
  #ends = new Int32Array(FIRST_SLOTS / 2);
  #hashes = new Int32Array(FIRST_SLOTS / 2);
  #slots = new Int32Array(FIRST_SLOTS);

  clear(): void {
    this.#count = 0;
    if (this.#slots.length > FIRST_SLOTS) this.#slots = new Int32Array(FIRST_SLOTS);
    else this.#slots.fill(0);
  }

  /** Adds a range and gives the index of the first one with the same characters, counted from `clear` on. */
  firstEqual(text: string, start: number, end: number, hash: number): number {
    const index = this.#count++;
    if (index >= this.#starts.length) {
      this.#starts = grown(this.#starts, index + 1);
      this.#ends = grown(this.#ends, index + 1);
      this.#hashes = grown(this.#hashes, index + 1);
    }
    this.#starts[index] = start;
    this.#ends[index] = end;
    this.#hashes[index] = hash;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#hashes[entry - 1] === hash && this.#isEqual(text, entry - 1, start, end)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = index + 1;
    return index;
  }

  #isEqual(text: string, index: number, start: number, end: number): boolean {
    const other = this.#starts[index]!;
    if (this.#ends[index]! - other !== end - start) return false;
    for (let i = end - start - 1; i >= 0; i--) {
      if (text.charCodeAt(other + i) !== text.charCodeAt(start + i)) return false;
    }
    return true;
  }

  /** Ranges that say the same as an earlier one have no slot of their own. */
  #growSlots(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 4);
    const mask = this.#slots.length - 1;
    for (const entry of old) {
      if (entry === 0) continue;
      const hash = this.#hashes[entry - 1]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }
}
