/** Words that were met before and their ids: open addressing over typed arrays, words compared byte by byte. */

/** Words per slot: hash, place of the word's bytes, its length and its ids' number, place of the ids. */
const SLOT = 4;
/** Longer words, in bytes, are not kept. */
export const MAX_WORD = 255;
const MAX_IDS = 255;

export class WordCache {
  /** Ids of all words, one after the other. */
  readonly ids: Uint32Array;
  readonly #slots: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #mask: number;
  readonly #limit: number;
  #count = 0;
  #usedBytes = 0;
  #usedIds = 0;

  /** Room for `words` (a power of two) of 12 bytes and 3 ids each on average; full, it starts again from nothing. */
  constructor(words: number, bytes = words * 12, ids = words * 3) {
    this.#mask = words * 2 - 1;
    this.#limit = words;
    this.#slots = new Int32Array(words * 2 * SLOT);
    this.#bytes = new Uint8Array(bytes);
    this.ids = new Uint32Array(ids);
  }

  /** Slot of the word, for `idsAt` and `idCount`, or -1. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const length = end - start;
    for (let index = hash & this.#mask; ; index = (index + 1) & this.#mask) {
      const at = index * SLOT;
      const counts = slots[at + 2]!;
      if (counts === 0) return -1;
      if (slots[at] === hash && counts >>> 8 === length && this.#same(slots[at + 1]!, bytes, start, length)) return at;
    }
  }

  #same(key: number, bytes: Uint8Array, start: number, length: number): boolean {
    const known = this.#bytes;
    for (let i = 0; i < length; i++) if (known[key + i] !== bytes[start + i]) return false;
    return true;
  }

  idsAt(slot: number): number {
    return this.#slots[slot + 3]!;
  }

  idCount(slot: number): number {
    return this.#slots[slot + 2]! & MAX_IDS;
  }

  /** Remembers a word that is not there, unless it is too long. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, ids: ArrayLike<number>, count: number): void {
    const length = end - start;
    if (length > MAX_WORD || count > MAX_IDS) return;
    if (
      this.#count === this.#limit ||
      this.#usedBytes + length > this.#bytes.length ||
      this.#usedIds + count > this.ids.length
    ) {
      this.#clear();
    }
    let index = hash & this.#mask;
    while (this.#slots[index * SLOT + 2] !== 0) index = (index + 1) & this.#mask;
    const at = index * SLOT;
    this.#slots[at] = hash;
    this.#slots[at + 1] = this.#usedBytes;
    this.#slots[at + 2] = (length << 8) | count;
    this.#slots[at + 3] = this.#usedIds;
    // Loops, since words are short: views would cost more than what they copy.
    const known = this.#bytes;
    for (let i = 0; i < length; i++) known[this.#usedBytes + i] = bytes[start + i]!;
    for (let i = 0; i < count; i++) this.ids[this.#usedIds + i] = ids[i]!;
    this.#usedBytes += length;
    this.#usedIds += count;
    this.#count++;
  }

  #clear(): void {
    this.#slots.fill(0);
    this.#count = 0;
    this.#usedBytes = 0;
    this.#usedIds = 0;
  }
}

/** Hash of a word, for `WordCache`. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
