/** Hashes of 128 bits that were seen, each with the document that had it first: one flat table, open addressing. */

const WORDS = 4;
const MAX_LOAD = 0.6;
const BYTES_PER_SLOT = (WORDS + 1) * 4;

export class ExactSet {
  #hashes: Uint32Array;
  /** Document and 1; 0 is an empty slot. */
  #documents: Uint32Array;
  #mask: number;
  #size = 0;

  constructor(slots = 1 << 12) {
    this.#hashes = new Uint32Array(slots * WORDS);
    this.#documents = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The memory that one more hash asks for, while the table is copied into a larger one. */
  get bytesForNext(): number {
    const slots = this.#mask + 1;
    return (this.#size + 1 > slots * MAX_LOAD ? slots * 3 : slots) * BYTES_PER_SLOT;
  }

  /** The document that had the hash `words[at, at + 4)` first, or -1 when that is `document`, which is then kept. */
  add(words: Uint32Array, at: number, document: number): number {
    if (this.#size + 1 > (this.#mask + 1) * MAX_LOAD) this.#grow();
    const a = words[at]!;
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const d = words[at + 3]!;
    const hashes = this.#hashes;
    let slot = (a & this.#mask) >>> 0;
    for (let owner = this.#documents[slot]!; owner !== 0; owner = this.#documents[slot]!) {
      const place = slot * WORDS;
      if (hashes[place] === a && hashes[place + 1] === b && hashes[place + 2] === c && hashes[place + 3] === d) {
        return owner - 1;
      }
      slot = (slot + 1) & this.#mask;
    }
    hashes[slot * WORDS] = a;
    hashes[slot * WORDS + 1] = b;
    hashes[slot * WORDS + 2] = c;
    hashes[slot * WORDS + 3] = d;
    this.#documents[slot] = document + 1;
    this.#size++;
    return -1;
  }

  #grow(): void {
    const hashes = this.#hashes;
    const documents = this.#documents;
    const slots = documents.length * 2;
    this.#hashes = new Uint32Array(slots * WORDS);
    this.#documents = new Uint32Array(slots);
    this.#mask = slots - 1;
    for (let from = 0; from < documents.length; from++) {
      if (documents[from] === 0) continue;
      let slot = (hashes[from * WORDS]! & this.#mask) >>> 0;
      while (this.#documents[slot] !== 0) slot = (slot + 1) & this.#mask;
      for (let word = 0; word < WORDS; word++) this.#hashes[slot * WORDS + word] = hashes[from * WORDS + word]!;
      this.#documents[slot] = documents[from]!;
    }
  }
}
