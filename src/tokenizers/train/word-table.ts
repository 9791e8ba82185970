/**
 * Distinct words with their counts, in typed arrays: keys of a `Map` would each hold the text that they were cut from.
 * The table has a limit; over it the rarest words are forgotten, and counted as such.
 */
import { assert } from "../../core/errors.ts";
import { codePointAt, utf8Length } from "../scanners/scanner.ts";

/** Longer words are counted in parts: a line of a hundred megabytes may be one word. UTF-8 bytes. */
export const MAX_WORD_BYTES = 1 << 20;
/** Room for the letters, per word of the limit. */
const BYTES_PER_WORD = 16;
/** What forgetting leaves at most, so that it is not due again at once. */
const KEPT_SHARE = 0.75;
const MIN_BYTES = 1 << 22;

export interface Forgotten {
  /** Words of which at least one occurrence was not counted. */
  words: number;
  /** Occurrences that were not counted. */
  occurrences: number;
}

export class WordTable {
  size = 0;
  readonly forgotten: Forgotten = { words: 0, occurrences: 0 };
  readonly #maxWords: number;
  readonly #maxBytes: number;
  #bytes = new Uint8Array(1 << 12);
  /** Word `i` is `#bytes[#starts[i], #starts[i + 1])`. */
  #starts = new Uint32Array(1 << 10);
  #counts = new Float64Array(1 << 10);
  /** Index of a word plus one, 0 when free; a power of two, at most half full. */
  #slots = new Int32Array(1 << 11);

  constructor(maxWords: number) {
    this.#maxWords = maxWords;
    this.#maxBytes = Math.max(MIN_BYTES, maxWords * BYTES_PER_WORD);
  }

  /** Counts the word `text[start, end)` of valid UTF-8; a word over the limit of length is counted in parts. */
  add(text: Uint8Array, start: number, end: number): void {
    while (end - start > MAX_WORD_BYTES) {
      let cut = start + MAX_WORD_BYTES;
      while ((text[cut]! & 0xc0) === 0x80) cut--;
      this.#addShort(text, start, cut);
      start = cut;
    }
    if (end > start) this.#addShort(text, start, end);
  }

  count(index: number): number {
    return this.#counts[index]!;
  }

  /** The word's UTF-8: a view that is valid until the next `add`. */
  bytes(index: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[index]!, this.#starts[index + 1]!);
  }

  /** Calls `visit` for each code point of a word. */
  codePoints(index: number, visit: (code: number) => void): void {
    const end = this.#starts[index + 1]!;
    for (let i = this.#starts[index]!; i < end; i += utf8Length(this.#bytes[i]!)) visit(codePointAt(this.#bytes, i));
  }

  #addShort(text: Uint8Array, start: number, end: number): void {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ text[i]!, 0x01000193);
    const mask = this.#slots.length - 1;
    let slot = spread(hash) & mask;
    while (this.#slots[slot] !== 0) {
      const index = this.#slots[slot]! - 1;
      if (this.#equals(index, text, start, end)) {
        this.#counts[index]!++;
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.#append(text, start, end);
    this.#slots[slot] = this.size;
    if (this.size > this.#maxWords || this.#starts[this.size]! > this.#maxBytes) this.#forget();
    else if (this.size * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
  }

  #equals(index: number, text: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[index]!;
    if (this.#starts[index + 1]! - from !== end - start) return false;
    for (let i = start; i < end; i++) if (this.#bytes[from + i - start] !== text[i]!) return false;
    return true;
  }

  #append(text: Uint8Array, start: number, end: number): void {
    const from = this.#starts[this.size]!;
    const to = from + end - start;
    if (to > this.#bytes.length) this.#bytes = grown(this.#bytes, Math.max(to, this.#bytes.length * 2));
    if (this.size + 2 > this.#starts.length) {
      this.#starts = grown(this.#starts, this.#starts.length * 2);
      this.#counts = grown(this.#counts, this.#counts.length * 2);
    }
    for (let i = start; i < end; i++) this.#bytes[from + i - start] = text[i]!;
    this.#counts[this.size] = 1;
    this.#starts[++this.size] = to;
  }

  /** Drops the words that came least often, all of one count together: among equals only their order could choose. */
  #forget(): void {
    const ofCount = new Map<number, number>();
    for (let i = 0; i < this.size; i++) ofCount.set(this.#counts[i]!, (ofCount.get(this.#counts[i]!) ?? 0) + 1);
    const wordsKept = Math.floor(this.#maxWords * KEPT_SHARE);
    let left = this.size;
    let threshold = 0;
    for (const [count, words] of [...ofCount].sort((a, b) => a[0] - b[0])) {
      if (threshold > 0 && left <= wordsKept) break;
      left -= words;
      threshold = count;
    }
    this.#dropUpTo(threshold);
    if (this.#starts[this.size]! > this.#maxBytes * KEPT_SHARE && this.size > 0) this.#forget();
  }

  #dropUpTo(threshold: number): void {
    let kept = 0;
    let to = 0;
    for (let i = 0; i < this.size; i++) {
      const from = this.#starts[i]!;
      const end = this.#starts[i + 1]!;
      if (this.#counts[i]! <= threshold) {
        this.forgotten.words++;
        this.forgotten.occurrences += this.#counts[i]!;
        continue;
      }
      this.#bytes.copyWithin(to, from, end);
      this.#counts[kept] = this.#counts[i]!;
      this.#starts[kept++] = to;
      to += end - from;
    }
    this.#starts[kept] = to;
    this.size = kept;
    this.#rehash(this.#slots.length);
  }

  #rehash(length: number): void {
    const slots = new Int32Array(length);
    for (let i = 0; i < this.size; i++) {
      let hash = 0x811c9dc5;
      const end = this.#starts[i + 1]!;
      for (let k = this.#starts[i]!; k < end; k++) hash = Math.imul(hash ^ this.#bytes[k]!, 0x01000193);
      let slot = spread(hash) & (length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (length - 1);
      slots[slot] = i + 1;
    }
    this.#slots = slots;
  }
}

/** FNV leaves its high bits better mixed than its low ones. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}

/** A longer copy of a typed array, zeros at its end. */
export function grown<T extends Int32Array | Uint32Array | Uint8Array | Float64Array>(old: T, length: number): T {
  assert(length > old.length, "an array grows");
  const next = new (old.constructor as new (length: number) => T)(length);
  next.set(old);
  return next;
}
