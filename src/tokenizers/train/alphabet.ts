/** The letters that get a token of their own: all, or the most frequent when they are too many for the vocabulary. */
import type { WordTable } from "./word-table.ts";

/** Letters may take this share of the vocabulary (and as much again where words go on, in WordPiece). */
const SHARE = 1 / 4;
const CODE_POINTS = 0x110000;

export class Alphabet {
  /** In the order of code points; the letter of symbol `s` is `letters[s - 1]`. */
  readonly letters: readonly string[];
  /** Occurrences of each letter. */
  readonly counts: readonly number[];
  readonly #symbols: Int32Array;

  private constructor(kept: readonly { code: number; count: number }[]) {
    this.letters = kept.map(({ code }) => String.fromCodePoint(code));
    this.counts = kept.map(({ count }) => count);
    this.#symbols = new Int32Array(CODE_POINTS);
    kept.forEach(({ code }, i) => {
      this.#symbols[code] = i + 1;
    });
  }

  /** `room`: tokens that the vocabulary has for everything but special ones. */
  static of(words: WordTable, room: number): Alphabet {
    const counts = new Float64Array(CODE_POINTS);
    for (let i = 0; i < words.size; i++) {
      const count = words.count(i);
      words.codePoints(i, (code) => {
        counts[code]! += count;
      });
    }
    const seen: { code: number; count: number }[] = [];
    counts.forEach((count, code) => {
      if (count > 0) seen.push({ code, count });
    });
    const limit = Math.max(1, Math.floor(room * SHARE));
    if (seen.length <= limit) return new Alphabet(seen);
    const frequent = seen.sort((a, b) => b.count - a.count || a.code - b.code).slice(0, limit);
    return new Alphabet(frequent.sort((a, b) => a.code - b.code));
  }

  /** 0 for a letter that has no token. */
  symbol(code: number): number {
    return this.#symbols[code]!;
  }
}
