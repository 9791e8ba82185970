/** A set of 64-bit hashes in typed arrays that is emptied in constant time. */

/** Owns its buffers; they grow with the largest set held and are used again after `clear`. */
export class HashSet64 {
  #low = new Uint32Array(1 << 12);
  #high = new Uint32Array(1 << 12);
  /** The generation in which a slot was written; older slots are free. */
  #written = new Uint32Array(1 << 12);
  #generation = 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
    this.#generation++;
    if (this.#generation < 0xffffffff) return;
    this.#written.fill(0);
    this.#generation = 1;
  }

  /** Adds a hash of two 32-bit halves; true when it is new. */
  add(low: number, high: number): boolean {
    const mask = this.#low.length - 1;
    let slot = (low ^ (high >>> 15)) & mask;
    while (this.#written[slot] === this.#generation) {
      if (this.#low[slot] === low >>> 0 && this.#high[slot] === high >>> 0) return false;
      slot = (slot + 1) & mask;
    }
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#written[slot] = this.#generation;
    this.#size++;
    if (this.#size * 2 > mask) this.#grow();
    return true;
  }

  #grow(): void {
    const { length } = this.#low;
    const [low, high, written, generation] = [this.#low, this.#high, this.#written, this.#generation];
    this.#low = new Uint32Array(length * 2);
    this.#high = new Uint32Array(length * 2);
    this.#written = new Uint32Array(length * 2);
    this.#size = 0;
    for (let slot = 0; slot < length; slot++) {
      if (written[slot] === generation) this.add(low[slot]!, high[slot]!);
    }
  }
}
