/** Cuts a text for BPE models that see it whole, where no token can reach across: short pieces that come again. */
import { cutBefore, type PreTokenizer } from "./pre-tokenizer.ts";

const UNITS = 65_536;

/**
 * Cuts between two characters that are tokens themselves and that no token has side by side: nothing ever merges there,
 * and unknown characters, which may become one token with those beside them, are left together.
 */
export function safeCuts(tokens: Iterable<string>): PreTokenizer {
  const known = new Uint8Array(UNITS);
  const pairs = new PairSet();
  for (const token of tokens) {
    if (token.length === 1) known[token.charCodeAt(0)] = 1;
    for (let i = 1; i < token.length; i++) pairs.add(token.charCodeAt(i - 1), token.charCodeAt(i));
  }
  return cutBefore((text, after) => {
    let before = text.charCodeAt(after);
    for (let at = after + 1; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (known[before] === 1 && known[unit] === 1 && !pairs.has(before, unit)) return at;
      before = unit;
    }
    return -1;
  });
}

/** A set of pairs of code units: a table for ASCII, open addressing for the rest. */
class PairSet {
  readonly #ascii = new Uint8Array(128 * 128);
  #slots = new Int32Array(1_024);
  #count = 0;

  add(first: number, second: number): void {
    if ((first | second) < 128) {
      this.#ascii[(first << 7) | second] = 1;
      return;
    }
    const key = (first << 16) | second;
    const at = this.#slotOf(key);
    if (this.#slots[at] === key) return;
    this.#slots[at] = key;
    if (++this.#count * 2 > this.#slots.length) this.#grow();
  }

  has(first: number, second: number): boolean {
    if ((first | second) < 128) return this.#ascii[(first << 7) | second] === 1;
    const key = (first << 16) | second;
    return this.#slots[this.#slotOf(key)] === key;
  }

  /** Slot of a key, or the empty one for it; a pair that is not ASCII is never 0. */
  #slotOf(key: number): number {
    const mask = this.#slots.length - 1;
    let at = Math.imul(key, 0x9e3779b1);
    at = (at ^ (at >>> 15)) & mask;
    while (this.#slots[at] !== 0 && this.#slots[at] !== key) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    for (const key of old) if (key !== 0) this.#slots[this.#slotOf(key)] = key;
  }
}
