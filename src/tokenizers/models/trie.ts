/** A trie over UTF-16 code units in typed arrays: all pieces that begin at a place of a text, the shortest first. */

const EMPTY = -1;

export class Trie {
  /** Per slot: node, unit, child. */
  #slots = new Int32Array(3 * 1_024).fill(EMPTY);
  /** Children of the root by unit: every place of a text asks for one. */
  readonly #root = new Int32Array(65_536).fill(EMPTY);
  #mask = 1_023;
  #nodes = 1;
  #values = new Int32Array(1_024).fill(EMPTY);

  /** Value 0 or more per key; of equal keys the last one counts. */
  constructor(entries: Iterable<readonly [key: string, value: number]>) {
    for (const [key, value] of entries) this.#add(key, value);
  }

  #add(key: string, value: number): void {
    let node = 0;
    for (let i = 0; i < key.length; i++) {
      const next = this.child(node, key.charCodeAt(i));
      node = next >= 0 ? next : this.#grow(node, key.charCodeAt(i));
    }
    this.#values[node] = value;
  }

  #grow(node: number, unit: number): number {
    if (this.#nodes * 2 > this.#mask) this.#rehash();
    const child = this.#nodes++;
    const at = this.#slotOf(node, unit);
    this.#slots[at] = node;
    this.#slots[at + 1] = unit;
    this.#slots[at + 2] = child;
    if (node === 0) this.#root[unit] = child;
    return child;
  }

  #rehash(): void {
    const old = this.#slots;
    const capacity = (this.#mask + 1) * 2;
    this.#slots = new Int32Array(3 * capacity).fill(EMPTY);
    this.#mask = capacity - 1;
    for (let i = 0; i < old.length; i += 3) {
      if (old[i]! !== EMPTY) this.#slots.set(old.subarray(i, i + 3), this.#slotOf(old[i]!, old[i + 1]!));
    }
    const values = new Int32Array(capacity).fill(EMPTY);
    values.set(this.#values);
    this.#values = values;
  }

  #slotOf(node: number, unit: number): number {
    const slots = this.#slots;
    let index = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b);
    index = (index ^ (index >>> 15)) & this.#mask;
    for (;;) {
      const at = index * 3;
      if (slots[at] === EMPTY || (slots[at] === node && slots[at + 1] === unit)) return at;
      index = (index + 1) & this.#mask;
    }
  }

  /** The node that a code unit leads to from `node` (the root is 0), or -1. */
  child(node: number, unit: number): number {
    return node === 0 ? this.#root[unit]! : this.#slots[this.#slotOf(node, unit) + 2]!;
  }

  /** The value of the key that ends at a node, or -1. */
  value(node: number): number {
    return this.#values[node]!;
  }
}
