/** Counts of neighbouring symbols and, for each pair, the words that may hold it: what learning merges looks up. */
import { grown } from "./word-table.ts";

const NONE = -1;

export class PairTable {
  size = 0;
  lefts = new Int32Array(1 << 12);
  rights = new Int32Array(1 << 12);
  /** Occurrences; not lowered by the pair's own merge, as in the Rust library. */
  counts = new Float64Array(1 << 12);
  #heads = new Int32Array(1 << 12);
  /** The word added last to each list: a word enters it once for several occurrences. */
  #lastWords = new Int32Array(1 << 12);
  /** Index of a pair plus one, 0 when free; a power of two, at most half full. */
  #slots = new Int32Array(1 << 13);
  /** Lists of words, as linked cells that are used again. */
  #words = new Int32Array(1 << 13);
  #nexts = new Int32Array(1 << 13);
  #cells = 0;
  #free = NONE;

  /** Index of a pair, made with count 0 when it is new. */
  index(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(left, right) & mask;
    while (this.#slots[slot] !== 0) {
      const index = this.#slots[slot]! - 1;
      if (this.lefts[index] === left && this.rights[index] === right) return index;
      slot = (slot + 1) & mask;
    }
    const index = this.size++;
    if (index === this.lefts.length) this.#growPairs();
    this.#slots[slot] = index + 1;
    this.lefts[index] = left;
    this.rights[index] = right;
    this.counts[index] = 0;
    this.#heads[index] = NONE;
    this.#lastWords[index] = NONE;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return index;
  }

  addWord(pair: number, word: number): void {
    if (this.#lastWords[pair] === word) return;
    this.#lastWords[pair] = word;
    let cell = this.#free;
    if (cell !== NONE) {
      this.#free = this.#nexts[cell]!;
    } else {
      cell = this.#cells++;
      if (cell === this.#words.length) {
        this.#words = grown(this.#words, cell * 2);
        this.#nexts = grown(this.#nexts, cell * 2);
      }
    }
    this.#words[cell] = word;
    this.#nexts[cell] = this.#heads[pair]!;
    this.#heads[pair] = cell;
  }

  /** Empties a pair's list into `into` (made longer where needed); returns how many words there were. */
  takeWords(pair: number, into: { words: Int32Array }): number {
    let count = 0;
    let cell = this.#heads[pair]!;
    while (cell !== NONE) {
      if (count === into.words.length) into.words = grown(into.words, count * 2);
      into.words[count++] = this.#words[cell]!;
      const next = this.#nexts[cell]!;
      this.#nexts[cell] = this.#free;
      this.#free = cell;
      cell = next;
    }
    this.#heads[pair] = NONE;
    this.#lastWords[pair] = NONE;
    return count;
  }

  #growPairs(): void {
    const length = this.lefts.length * 2;
    this.lefts = grown(this.lefts, length);
    this.rights = grown(this.rights, length);
    this.counts = grown(this.counts, length);
    this.#heads = grown(this.#heads, length);
    this.#lastWords = grown(this.#lastWords, length);
  }

  #rehash(): void {
    const length = this.#slots.length * 2;
    const slots = new Int32Array(length);
    for (let i = 0; i < this.size; i++) {
      let slot = hashOf(this.lefts[i]!, this.rights[i]!) & (length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (length - 1);
      slots[slot] = i + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(left: number, right: number): number {
  const hash = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
