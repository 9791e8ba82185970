/** The merges of a BPE model in one typed array: which two symbols become which, and in what order. */

/** Words per slot: left, right, rank, id of the merged symbol. */
const SLOT = 4;
const EMPTY = -1;

export class MergeTable {
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** Of equal pairs the last one counts. Ranks are the merges' order, unless they are given. */
  constructor(merges: Iterable<readonly [left: number, right: number, merged: number, rank?: number]>, count: number) {
    let capacity = 16;
    while (capacity < count * 2) capacity *= 2;
    this.#mask = capacity - 1;
    this.#slots = new Int32Array(capacity * SLOT).fill(EMPTY);
    let rank = 0;
    for (const [left, right, merged, given] of merges) {
      const at = this.#slotOf(left, right);
      this.#slots[at] = left;
      this.#slots[at + 1] = right;
      this.#slots[at + 2] = given ?? rank;
      rank++;
      this.#slots[at + 3] = merged;
    }
  }

  #slotOf(left: number, right: number): number {
    const slots = this.#slots;
    let index = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    index = (index ^ (index >>> 15)) & this.#mask;
    for (;;) {
      const at = index * SLOT;
      const key = slots[at]!;
      if (key === EMPTY || (key === left && slots[at + 1] === right)) return at;
      index = (index + 1) & this.#mask;
    }
  }

  /** Place of a pair for `rankAt` and `mergedAt`, or -1. */
  find(left: number, right: number): number {
    const at = this.#slotOf(left, right);
    return this.#slots[at] === EMPTY ? -1 : at;
  }

  rankAt(place: number): number {
    return this.#slots[place + 2]!;
  }

  mergedAt(place: number): number {
    return this.#slots[place + 3]!;
  }
}
