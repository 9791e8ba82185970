/**
 * Byte-level BPE, the fast way: UTF-8, a scanner for words, and a cache from words to ids. It is for models with all 256
 * bytes in their vocabulary and words that a scanner knows; any other goes the general way.
 */
import type { AddedTokens } from "./added-tokens.ts";
import { bytesOfToken } from "./byte-alphabet.ts";
import type { Engine } from "./engine.ts";
import { IdBuffer } from "./id-buffer.ts";
import { Merger } from "./models/merge.ts";
import type { MergeTable } from "./models/merge-table.ts";
import { prepareScanners, type Scanner } from "./scanners/scanner.ts";
import { type Step, sourced } from "./sourced.ts";
import type { TokenBuffer } from "./token-buffer.ts";
import { hashOf, MAX_WORD, WordCache } from "./word-cache.ts";

export interface ByteLevelParts {
  /** Tokens that are looked for before and after normalization. */
  added: AddedTokens;
  addedNormalized: AddedTokens;
  normalizer: Step | undefined;
  /** Gives the spans of texts that the normalizer changes. */
  general: Engine;
  scanner: Scanner;
  vocab: ReadonlyMap<string, number>;
  merges: MergeTable;
  /** Id per byte. */
  byteIds: Int32Array;
  /** A word that is in the vocabulary is that token, whatever the merges say. */
  ignoreMerges: boolean;
  /** Begin each stretch of text with a space, unless it has one. */
  addPrefixSpace: boolean;
  /** Spans leave out the whitespace at a token's ends. */
  trimOffsets: boolean;
}

/** Code units that are turned into UTF-8 at once, as long as words allow. */
const CHUNK = 32_768;
const PADDING = 4;
const CACHED_WORDS = 262_144;
const KEPT_BYTES = 4_194_304;

const BLANK = 0x20;

const encoder = new TextEncoder();

export class ByteLevelEngine implements Engine {
  readonly #parts: ByteLevelParts;
  readonly #merger: Merger;
  readonly #cache = new WordCache(CACHED_WORDS);
  /** Whole words that are tokens; only with `ignoreMerges`. */
  readonly #whole: WordCache | undefined;
  /** Bytes per id. */
  readonly #lengths: Uint32Array;
  readonly #found = new IdBuffer();
  #bytes = new Uint8Array(CHUNK * 3 + PADDING);
  #symbols = new Int32Array(256);

  constructor(parts: ByteLevelParts) {
    this.#parts = parts;
    prepareScanners();
    this.#merger = new Merger(parts.merges);
    this.#lengths = tokenLengths(parts.vocab);
    if (parts.ignoreMerges) this.#whole = wholeWords(parts.vocab);
  }

  encodeInto(text: string, out: IdBuffer): void {
    const { added, normalizer } = this.#parts;
    const between = (start: number, end: number) => {
      if (start === end) return;
      const part = start === 0 && end === text.length ? text : text.slice(start, end);
      this.#normalized(normalizer ? normalizer(sourced(part, 0, part.length, false)).text : part, out);
    };
    let at = 0;
    for (const { id, start, end } of added.matches(text)) {
      between(at, start);
      out.push(id);
      at = end;
    }
    between(at, text.length);
  }

  #normalized(text: string, out: IdBuffer): void {
    let at = 0;
    for (const { id, start, end } of this.#parts.addedNormalized.matches(text)) {
      this.#stretch(text, at, start, out);
      out.push(id);
      at = end;
    }
    this.#stretch(text, at, text.length, out);
  }

  #stretch(text: string, from: number, to: number, out: IdBuffer): void {
    if (from >= to) return;
    let prefixed = this.#parts.addPrefixSpace && text.charCodeAt(from) !== BLANK;
    while (from < to) {
      const cut = cutAfter(text, from, to);
      const slice = from === 0 && cut === text.length ? text : text.slice(from, cut);
      const size = this.#load(prefixed ? ` ${slice}` : slice);
      this.#words(size, out);
      prefixed = false;
      from = cut;
    }
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(CHUNK * 3 + PADDING);
  }

  /** Puts text into `#bytes` as UTF-8 and gives its size. */
  #load(text: string): number {
    const needed = text.length * 3 + PADDING;
    if (this.#bytes.length < needed) this.#bytes = new Uint8Array(needed);
    const { written } = encoder.encodeInto(text, this.#bytes);
    this.#bytes.fill(0, written, written + PADDING);
    return written;
  }

  #words(size: number, out: IdBuffer): void {
    const bytes = this.#bytes;
    const scanner = this.#parts.scanner;
    const cache = this.#cache;
    const known = cache.ids;
    for (let start = 0; start < size; ) {
      const end = scanner(bytes, start, size);
      const hash = hashOf(bytes, start, end);
      const slot = cache.find(bytes, start, end, hash);
      if (slot >= 0) {
        const count = cache.idCount(slot);
        const from = cache.idsAt(slot);
        const to = out.length;
        if (to + count > out.ids.length) out.reserve(count);
        const { ids } = out;
        ids[to] = known[from]!;
        for (let i = 1; i < count; i++) ids[to + i] = known[from + i]!;
        out.length = to + count;
      } else {
        const count = this.#split(start, end, hash);
        cache.add(bytes, start, end, hash, this.#symbols, count);
        out.reserve(count);
        for (let i = 0; i < count; i++) out.ids[out.length + i] = this.#symbols[i]!;
        out.length += count;
      }
      start = end;
    }
  }

  /** Puts the ids of a word into `#symbols` and gives their number. */
  #split(start: number, end: number, hash: number): number {
    const { byteIds } = this.#parts;
    if (this.#symbols.length < end - start) this.#symbols = new Int32Array((end - start) * 2);
    const symbols = this.#symbols;
    const whole = this.#whole;
    const slot = whole ? whole.find(this.#bytes, start, end, hash) : -1;
    if (slot >= 0) {
      symbols[0] = whole!.ids[whole!.idsAt(slot)]!;
      return 1;
    }
    for (let i = start; i < end; i++) symbols[i - start] = byteIds[this.#bytes[i]!]!;
    return this.#merger.merge(symbols, end - start);
  }

  tokens(text: string, out: TokenBuffer, enough: number): void {
    const { added, addedNormalized, normalizer, general } = this.#parts;
    if (normalizer && normalizer(sourced(text, 0, text.length, false)).text !== text) {
      general.tokens(text, out, enough);
      return;
    }
    const visit = (tokens: AddedTokens, from: number, to: number, rest: (from: number, to: number) => void) => {
      let at = from;
      for (const { id, start, end } of tokens.matches(from === 0 && to === text.length ? text : text.slice(from, to))) {
        rest(at, from + start);
        if (out.length >= enough) return;
        out.push(id, from + start, from + end);
        at = from + end;
      }
      rest(at, to);
    };
    visit(added, 0, text.length, (from, to) =>
      visit(addedNormalized, from, to, (start, end) => this.#stretchTokens(text, start, end, out, enough)),
    );
  }

  #stretchTokens(text: string, from: number, to: number, out: TokenBuffer, enough: number): void {
    let prefixed = this.#parts.addPrefixSpace && text.charCodeAt(from) !== BLANK;
    while (from < to && out.length < enough) {
      const cut = cutAfter(text, from, to);
      const slice = text.slice(from, cut);
      const size = this.#load(prefixed ? ` ${slice}` : slice);
      this.#found.clear();
      this.#words(size, this.#found);
      this.#spans(text, from, prefixed, out);
      prefixed = false;
      from = cut;
    }
  }

  /** Positions of the ids in `#found`, whose bytes fill `#bytes` from its start: those of `text` from `from` on. */
  #spans(text: string, from: number, prefixed: boolean, out: TokenBuffer): void {
    const bytes = this.#bytes;
    const { ids, length } = this.#found;
    let at = 0;
    // Where the character that holds `bytes[at]` begins; the prefixed space is before the text.
    let unit = prefixed ? from - 1 : from;
    for (let k = 0; k < length; k++) {
      const start = Math.max(from, unit);
      for (const stop = at + this.#lengths[ids[k]!]!; at < stop; ) {
        at++;
        // A character counts as passed once its last byte is.
        if ((bytes[at]! & 0xc0) !== 0x80) unit += isAstralEnd(bytes, at) ? 2 : 1;
      }
      const within = (bytes[at]! & 0xc0) === 0x80;
      const end = within ? unit + (isAstral(bytes, at) ? 2 : 1) : unit;
      if (this.#parts.trimOffsets) pushTrimmed(text, ids[k]!, start, end, out);
      else out.push(ids[k]!, start, Math.max(start, end));
    }
  }
}

/** Whether the character that ends before `at` has four bytes. */
function isAstralEnd(bytes: Uint8Array, at: number): boolean {
  return at >= 4 && bytes[at - 4]! >= 0xf0;
}

/** Whether the character with a byte at `at`, not its first, has four bytes. */
function isAstral(bytes: Uint8Array, at: number): boolean {
  while ((bytes[at]! & 0xc0) === 0x80) at--;
  return bytes[at]! >= 0xf0;
}

function pushTrimmed(text: string, id: number, start: number, end: number, out: TokenBuffer): void {
  while (start < end && text.charCodeAt(start) === BLANK) start++;
  while (end > start && text.charCodeAt(end - 1) === BLANK) end--;
  out.push(id, start, end);
}

/** All tokens by their bytes. */
function wholeWords(vocab: ReadonlyMap<string, number>): WordCache {
  const words = [...vocab].flatMap(([token, id]) => {
    const bytes = bytesOfToken(token);
    return bytes && bytes.length <= MAX_WORD ? [{ bytes, id }] : [];
  });
  const size = words.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const cache = new WordCache(2 ** Math.ceil(Math.log2(words.length + 1)), size, words.length);
  for (const { bytes, id } of words) cache.add(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length), [id], 1);
  return cache;
}

function tokenLengths(vocab: ReadonlyMap<string, number>): Uint32Array {
  const lengths = new Uint32Array([...vocab.values()].reduce((a, b) => Math.max(a, b), -1) + 1);
  for (const [token, id] of vocab) lengths[id] = token.length;
  return lengths;
}

/**
 * End of the next chunk of `text[from, to)`: about `CHUNK` code units, longer where there is no place to cut. The cut
 * between an ASCII letter and a space never lies within a word, nor does a word depend on what is beyond it.
 */
function cutAfter(text: string, from: number, to: number): number {
  if (to - from <= CHUNK) return to;
  const middle = from + CHUNK;
  for (let i = middle; i > from; i--) if (isCut(text, i)) return i;
  for (let i = middle + 1; i < to; i++) if (isCut(text, i)) return i;
  return to;
}

function isCut(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== BLANK) return false;
  const letter = text.charCodeAt(at - 1) | 0x20;
  return letter >= 0x61 && letter <= 0x7a;
}
