/** Which ids a file has used already, as hashes in at most 16 MB. */

/** Beyond this many ids, equal ones are no longer noticed: their rows share a uri, as parts of one document. */
const MAX_KEYS = 1_000_000;

export class SeenKeys {
  /** Open addressing over 64-bit hashes; 0 is an empty slot. */
  #slots = new BigUint64Array(1_024);
  #count = 0;

  /** False when the key was there before. */
  add(key: string): boolean {
    if (this.#count >= MAX_KEYS) return true;
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    const added = insert(this.#slots, Bun.hash.xxHash3(key) || 1n);
    if (added) this.#count++;
    return added;
  }

  #grow(): void {
    const larger = new BigUint64Array(this.#slots.length * 2);
    for (const hash of this.#slots) if (hash !== 0n) insert(larger, hash);
    this.#slots = larger;
  }
}

function insert(slots: BigUint64Array, hash: bigint): boolean {
  const mask = slots.length - 1;
  for (let slot = Number(hash & 0xffff_ffffn) & mask; ; slot = (slot + 1) & mask) {
    const found = slots[slot];
    if (found === hash) return false;
    if (found === 0n) {
      slots[slot] = hash;
      return true;
    }
  }
}
