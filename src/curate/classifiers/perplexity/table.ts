/**
 * n-grams of every length in one open-addressing table, by 64-bit hashes of their words: 16 bytes a slot, three of four
 * slots taken at most. No words are kept: a word is its hash.
 */

const LARGEST_SHARE = 0.75;
const FIRST_CAPACITY = 1024;

export class NgramTable {
  /** Halves of the hash; both 0 is an empty slot. */
  low: Int32Array;
  high: Int32Array;
  /** log10 of the probability, and of the back-off weight, by slot. */
  probability: Float32Array;
  backoff: Float32Array;
  size: number;

  constructor(
    parts: Pick<NgramTable, "low" | "high" | "probability" | "backoff" | "size"> = emptyParts(FIRST_CAPACITY),
  ) {
    this.low = parts.low;
    this.high = parts.high;
    this.probability = parts.probability;
    this.backoff = parts.backoff;
    this.size = parts.size;
  }

  /** A table without entries for `count` n-grams; it grows when there are more. */
  static of(count: number): NgramTable {
    return new NgramTable(emptyParts(Math.max(FIRST_CAPACITY, Math.ceil(count / LARGEST_SHARE) + 1)));
  }

  /** The slot of an n-gram, or -1. */
  find(low: number, high: number): number {
    const slot = this.#slotOf(low, high | Number(low === 0 && high === 0));
    return this.low[slot] === 0 && this.high[slot] === 0 ? -1 : slot;
  }

  /** Adds an n-gram, or gives it other values; false when it was there. */
  set(low: number, high: number, probability: number, backoff: number): boolean {
    if (this.size + 1 > this.low.length * LARGEST_SHARE) this.#grow();
    const upper = high | Number(low === 0 && high === 0);
    const slot = this.#slotOf(low, upper);
    const isNew = this.low[slot] === 0 && this.high[slot] === 0;
    this.low[slot] = low;
    this.high[slot] = upper;
    this.probability[slot] = probability;
    this.backoff[slot] = backoff;
    if (isNew) this.size++;
    return isNew;
  }

  #slotOf(low: number, high: number): number {
    const capacity = this.low.length;
    let slot = Math.floor(((low >>> 0) * capacity) / 4_294_967_296);
    while ((this.low[slot] !== low || this.high[slot] !== high) && (this.low[slot] !== 0 || this.high[slot] !== 0)) {
      if (++slot === capacity) slot = 0;
    }
    return slot;
  }

  #grow(): void {
    const { low, high, probability, backoff } = this;
    Object.assign(this, emptyParts(low.length * 2));
    for (let i = 0; i < low.length; i++) {
      if (low[i] !== 0 || high[i] !== 0) this.set(low[i]!, high[i]!, probability[i]!, backoff[i]!);
    }
  }
}

function emptyParts(capacity: number) {
  return {
    low: new Int32Array(capacity),
    high: new Int32Array(capacity),
    probability: new Float32Array(capacity),
    backoff: new Float32Array(capacity),
    size: 0,
  };
}
