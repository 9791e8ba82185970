/**
 * BERT's normalizer and pre-tokenizer in one pass over a stretch of text: dropped characters, ideographs set apart,
 * canonical decomposition without its accents, lower case, words at whitespace, punctuation marks alone; every
 * normalized code unit keeps the span that it came from.
 */
import {
  CJK,
  decomposeHangul,
  NONSPACING_MARK,
  PUNCTUATION,
  REMOVED,
  type Unicode,
  unicode,
  WHITESPACE,
} from "./unicode.ts";

export interface BertNormalizerOptions {
  cleanText: boolean;
  handleChineseChars: boolean;
  stripAccents: boolean;
  lowercase: boolean;
}

/** A normalized word; `starts` and `ends` hold, per UTF-16 code unit, the span in the source. */
export interface Word {
  text: string;
  starts: number[];
  ends: number[];
  /** The word has more than the limit of code points: `text` is cut there, `end` is right. */
  tooLong: boolean;
  start: number;
  end: number;
}

/** A source code point (or a part of its decomposition) waiting for canonical ordering. */
interface Part {
  code: number;
  rank: number;
  /** It is the first of its source's decomposition. */
  first: boolean;
}

/** How a code point behaves where stretches are cut: see `BertNormalizer.kinds`. */
export const SPACE = 0;
export const ALONE = 1;
export const PLAIN = 2;
export const COMPLEX = 3;

const ASCII_WORD = /[0-9A-Za-z]/;

export class BertNormalizer {
  /**
   * Per code point: SPACE separates, ALONE is a stretch by itself, PLAIN is an ASCII letter or digit, COMPLEX is
   * anything else. A run of PLAIN and COMPLEX is a stretch that nothing outside it can change.
   */
  readonly kinds: Uint8Array;
  readonly #options: BertNormalizerOptions;
  readonly #unicode: Unicode;
  readonly #maxChars: number;

  /** `maxChars`: words with more code points are not spelled out (the model takes them as unknown). */
  constructor(options: BertNormalizerOptions, maxChars: number) {
    this.#options = options;
    this.#unicode = unicode();
    this.#maxChars = maxChars;
    this.kinds = this.#allKinds();
  }

  #allKinds(): Uint8Array {
    const { properties } = this.#unicode;
    const kinds = new Uint8Array(properties.length).fill(COMPLEX);
    for (let c = 0; c < properties.length; c++) {
      const bits = properties[c]!;
      if (bits !== 0 || c < 128) kinds[c] = this.#kindOf(bits, c);
    }
    return kinds;
  }

  #kindOf(bits: number, c: number): number {
    const { cleanText, handleChineseChars } = this.#options;
    if (cleanText && bits & REMOVED) return COMPLEX;
    if (bits & WHITESPACE) return SPACE;
    if (handleChineseChars && bits & CJK) return ALONE;
    const { decompositions, combiningRanks } = this.#unicode;
    if (bits & PUNCTUATION && !decompositions.has(c) && !combiningRanks.has(c)) return ALONE;
    return c < 128 && ASCII_WORD.test(String.fromCharCode(c)) ? PLAIN : COMPLEX;
  }

  /** Lower case of PLAIN text. */
  plain(text: string): string {
    return this.#options.lowercase ? text.toLowerCase() : text;
  }

  /** Words of one stretch; positions count from the stretch's start. */
  words(stretch: string): Word[] {
    const words: Word[] = [];
    const builder = new WordBuilder(words, this.#maxChars);
    if (this.#options.stripAccents) this.#decomposed(stretch, builder);
    else this.#eachKept(stretch, (code, start, end) => this.#emit(code, start, end, builder));
    builder.close();
    return words;
  }

  #eachKept(stretch: string, visit: (code: number, start: number, end: number) => void): void {
    const { properties } = this.#unicode;
    for (let i = 0; i < stretch.length; ) {
      const code = stretch.codePointAt(i)!;
      const next = i + (code > 0xffff ? 2 : 1);
      if (!this.#options.cleanText || !(properties[code]! & REMOVED)) visit(code, i, next);
      i = next;
    }
  }

  /**
   * Decomposes, orders marks, drops accents. Spans follow the order of the source, not the characters that were
   * moved, as in the library: its changes are counted by position.
   */
  #decomposed(stretch: string, builder: WordBuilder): void {
    const { properties, decompositions, combiningRanks } = this.#unicode;
    let pending: Part[] = [];
    let sources: { start: number; end: number }[] = [];
    let last = { start: 0, end: 0 };
    const flush = () => {
      if (pending.length > 1) pending.sort((a, b) => a.rank - b.rank);
      let next = 0;
      for (const { code, first } of pending) {
        if (first) last = sources[next++]!;
        if (!(properties[code]! & NONSPACING_MARK)) this.#emit(code, last.start, last.end, builder);
      }
      pending = [];
      sources = [];
    };
    this.#eachKept(stretch, (source, start, end) => {
      const parts = decomposeHangul(source) ?? decompositions.get(source) ?? [source];
      parts.forEach((code, i) => {
        const rank = combiningRanks.get(code) ?? 0;
        if (rank === 0) flush();
        if (i === 0) sources.push({ start, end });
        pending.push({ code, rank, first: i === 0 });
      });
    });
    flush();
  }

  #emit(code: number, start: number, end: number, builder: WordBuilder): void {
    const lower = this.#options.lowercase ? this.#unicode.lowercase.get(code) : undefined;
    if (lower === undefined) this.#place(code, start, end, builder);
    else for (const each of lower) this.#place(each, start, end, builder);
  }

  #place(code: number, start: number, end: number, builder: WordBuilder): void {
    const bits = this.#unicode.properties[code]!;
    const alone = bits & (PUNCTUATION | WHITESPACE);
    if (alone) builder.close();
    if (!(bits & WHITESPACE)) builder.add(code, start, end);
    if (alone) builder.close();
  }
}

/** Collects code points into words. */
class WordBuilder {
  readonly #words: Word[];
  readonly #maxChars: number;
  #word: Word | undefined;
  #chars = 0;

  constructor(words: Word[], maxChars: number) {
    this.#words = words;
    this.#maxChars = maxChars;
  }

  add(code: number, start: number, end: number): void {
    this.#word ??= { text: "", starts: [], ends: [], tooLong: false, start, end };
    this.#word.end = end;
    if (++this.#chars > this.#maxChars) {
      this.#word.tooLong = true;
      return;
    }
    this.#word.text += String.fromCodePoint(code);
    for (let unit = code > 0xffff ? 2 : 1; unit > 0; unit--) {
      this.#word.starts.push(start);
      this.#word.ends.push(end);
    }
  }

  close(): void {
    if (this.#word) this.#words.push(this.#word);
    this.#word = undefined;
    this.#chars = 0;
  }
}
