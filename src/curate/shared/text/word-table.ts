/** Every different stretch of letters and marks that was met, once: a number for each, with what filters ask about it. */

import { grown } from "./buffers.ts";
import { classes, classOf, letter, pairOf, punctuation, sentenceEnd, wordless } from "./characters.ts";
import { splitStretch } from "./spacy/split.ts";

/** Bits of a word. */
export const hasLetter = 1;
/** Some character is not a mark of datatrove's list. */
export const hasContent = 2;
/** All characters are punctuation. */
export const allPunctuation = 4;
/** It is one mark that ends a sentence to spaCy. */
export const endsSentence = 8;
/** Holds `#` or `…`, the symbols of Gopher. */
export const hasSymbol = 16;
/** Holds something that C4 looks for: a bracket, or a word of its phrases. */
export const c4Suspect = 32;
/** The number of a stop word of Gopher, 1 to 8, stands above these bits; 0 for other words. */
export const stopWordShift = 8;

export const stopWords = ["the", "be", "to", "of", "and", "that", "have", "with"] as const;

/** Each phrase of C4 holds one of these within a single word. */
const c4Words = /javascript|lorem|terms|policy|cookie|[{[]/;

// A mark of byte order is a character of the text here.
const decoder = new TextDecoder("utf-16le", { ignoreBOM: true });

const FIRST_ENTRIES = 1 << 14;
const FIRST_UNITS = 1 << 17;
/** Beyond these the table is emptied before the next text. */
const MOST_ENTRIES = 1 << 19;
const MOST_UNITS = 1 << 23;

/** Owns its buffers. Numbers hold until the next `beginText`, and are equal exactly when the texts are. */
export class WordTable {
  #count = 0;
  #unitCount = 0;
  #pieceTotal = 0;
  #units!: Uint16Array;
  #offsets!: Int32Array;
  #lengths!: Int32Array;
  #hashes!: Int32Array;
  #slots!: Int32Array;
  #pieces!: Int32Array;
  #firstPieces!: Int32Array;
  #pieceCounts!: Int32Array;
  /** Code points of each word. */
  points!: Int32Array;
  flags!: Uint16Array;
  /** Times that `#` stands in the word. */
  hashMarks!: Int32Array;
  /** Times that `...` or `…` stands in the word, not overlapping. */
  ellipses!: Int32Array;

  constructor() {
    this.#reset();
  }

  /** How many numbers are given out. */
  get size(): number {
    return this.#count;
  }

  /** Empties the table when it has grown large: numbers of the text before may be given out anew. */
  beginText(): void {
    if (this.#count > MOST_ENTRIES || this.#unitCount > MOST_UNITS) this.#reset();
  }

  #reset(): void {
    const entries = () => new Int32Array(FIRST_ENTRIES);
    this.#count = 0;
    this.#unitCount = 0;
    this.#pieceTotal = 0;
    this.#units = new Uint16Array(FIRST_UNITS);
    this.#offsets = entries();
    this.#lengths = entries();
    this.#hashes = entries();
    this.#slots = new Int32Array(FIRST_ENTRIES * 4);
    this.#pieces = entries();
    this.#firstPieces = entries();
    this.#pieceCounts = entries();
    this.points = entries();
    this.flags = new Uint16Array(FIRST_ENTRIES);
    this.hashMarks = entries();
    this.ellipses = entries();
  }

  /** The number of `text.slice(start, end)`; `hash` depends on these characters only. */
  intern(text: string, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    const length = end - start;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      const id = entry - 1;
      if (this.#hashes[id] === hash && this.#lengths[id] === length && this.#isEqual(id, text, start)) return id;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#count + 1;
    return this.#add(text, start, length, hash);
  }

  #isEqual(id: number, text: string, start: number): boolean {
    const units = this.#units;
    const offset = this.#offsets[id]!;
    for (let i = this.#lengths[id]! - 1; i >= 0; i--) {
      if (units[offset + i] !== text.charCodeAt(start + i)) return false;
    }
    return true;
  }

  /** The word itself. */
  textOf(id: number): string {
    const offset = this.#offsets[id]!;
    return decoder.decode(this.#units.subarray(offset, offset + this.#lengths[id]!));
  }

  /** Puts the numbers of a stretch's words, as spaCy splits it, into `into` from `at` on; returns their count. */
  copyPieces(id: number, into: Int32Array, at: number): number {
    let count = this.#pieceCounts[id]!;
    if (count === 0) count = this.#split(id);
    const first = this.#firstPieces[id]!;
    for (let i = 0; i < count; i++) into[at + i] = this.#pieces[first + i]!;
    return count;
  }

  /** An upper bound for the words of a stretch. */
  lengthOf(id: number): number {
    return this.#lengths[id]!;
  }

  #split(id: number): number {
    const stretch = this.textOf(id);
    const ends = splitStretch(stretch);
    const pieces =
      ends.length === 1
        ? [id]
        : ends.map((end, i) => this.intern(stretch, ends[i - 1] ?? 0, end, hashOf(stretch, ends[i - 1] ?? 0, end)));
    this.#pieces = grown(this.#pieces, this.#pieceTotal + pieces.length);
    this.#pieces.set(pieces, this.#pieceTotal);
    this.#firstPieces[id] = this.#pieceTotal;
    this.#pieceCounts[id] = pieces.length;
    this.#pieceTotal += pieces.length;
    return pieces.length;
  }

  #add(text: string, start: number, length: number, hash: number): number {
    const id = this.#count++;
    this.#units = grown(this.#units, this.#unitCount + length);
    if (id >= this.#offsets.length) this.#growEntries();
    for (let i = 0; i < length; i++) this.#units[this.#unitCount + i] = text.charCodeAt(start + i);
    this.#offsets[id] = this.#unitCount;
    this.#unitCount += length;
    this.#lengths[id] = length;
    this.#hashes[id] = hash;
    this.#pieceCounts[id] = 0;
    this.#describe(id, text.slice(start, start + length));
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return id;
  }

  #describe(id: number, word: string): void {
    let points = 0;
    let any = 0;
    let all = -1;
    let content = 0;
    let hashMarks = 0;
    let ellipses = 0;
    let stops = 0;
    for (let i = 0; i < word.length; i++) {
      const unit = word.charCodeAt(i);
      const pair = unit >= 0xd800 && unit < 0xdc00 && i + 1 < word.length;
      const kind = pair ? classOf(pairOf(unit, word.charCodeAt(++i))) : classes[unit]!;
      points++;
      any |= kind;
      all &= kind;
      if ((kind & wordless) === 0) content = hasContent;
      if (unit === 0x23) hashMarks++;
      stops = unit === 0x2e ? stops + 1 : 0;
      if (unit === 0x2026 || stops === 3) {
        ellipses++;
        stops = 0;
      }
    }
    this.points[id] = points;
    this.hashMarks[id] = hashMarks;
    this.ellipses[id] = ellipses;
    this.flags[id] =
      content |
      ((any & letter) !== 0 ? hasLetter : 0) |
      ((all & punctuation) !== 0 ? allPunctuation : 0) |
      (points === 1 && (all & sentenceEnd) !== 0 ? endsSentence : 0) |
      (hashMarks > 0 || word.includes("…") ? hasSymbol : 0) |
      (c4Words.test(word.toLowerCase()) ? c4Suspect : 0) |
      (((stopWords as readonly string[]).indexOf(word) + 1) << stopWordShift);
  }

  #growEntries(): void {
    const size = this.#count;
    this.#offsets = grown(this.#offsets, size);
    this.#lengths = grown(this.#lengths, size);
    this.#hashes = grown(this.#hashes, size);
    this.points = grown(this.points, size);
    this.flags = grown(this.flags, size);
    this.hashMarks = grown(this.hashMarks, size);
    this.ellipses = grown(this.ellipses, size);
    this.#firstPieces = grown(this.#firstPieces, size);
    this.#pieceCounts = grown(this.#pieceCounts, size);
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let id = 0; id < this.#count; id++) {
      const hash = this.#hashes[id]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }
}

export const HASH_START = 0x3c6ef372;

/** One step of the hash that `intern` is given, from `HASH_START` on. */
export function hashStep(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x9e3779b1) ^ (hash >>> 13);
}

function hashOf(text: string, start: number, end: number): number {
  let hash = HASH_START;
  for (let i = start; i < end; i++) hash = hashStep(hash, text.charCodeAt(i));
  return hash;
}
