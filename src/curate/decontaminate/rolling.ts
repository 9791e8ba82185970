/** The hash of the last `n` words, kept up by adding one word and taking one away. */
import type { WordBlock } from "./words.ts";

const BASE_LOW = 0x9e3779b1;
const BASE_HIGH = 0xc2b2ae3d;

/** Polynomials over the two halves of the words' hashes, each modulo 2^32. */
export class RollingHash {
  readonly #n: number;
  /** The bases to the power of `n`. */
  readonly #outLow: number;
  readonly #outHigh: number;
  low = 0;
  high = 0;

  constructor(n: number) {
    this.#n = n;
    this.#outLow = power(BASE_LOW, n);
    this.#outHigh = power(BASE_HIGH, n);
  }

  /** Moves on to the word at `index`, which is the `seen`-th, from 1, of its text. True when the hash is of `n` words. */
  push(words: WordBlock, index: number, seen: number): boolean {
    let low = Math.imul(this.low, BASE_LOW) + words.low[index]!;
    let high = Math.imul(this.high, BASE_HIGH) + words.high[index]!;
    if (seen > this.#n) {
      low -= Math.imul(words.low[index - this.#n]!, this.#outLow);
      high -= Math.imul(words.high[index - this.#n]!, this.#outHigh);
    }
    this.low = low | 0;
    this.high = high | 0;
    return seen >= this.#n;
  }

  reset(): void {
    this.low = 0;
    this.high = 0;
  }
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base);
  return result;
}
