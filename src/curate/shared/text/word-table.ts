/** Every different stretch of letters and marks that was met, once: a number for each, with what filters ask about it. */
import { grown } from "./buffers.ts";
import { classes, classOf, letter, pairOf, punctuation, sentenceEnd, wordless } from "./characters.ts";
import { isPlainWord } from "./spacy/plain.ts";
import { splitStretch } from "./spacy/split.ts";

/** Facts about word number `id` stand in `facts` from `id << factShift` on, on one line of the processor's cache. */
export const factShift = 3;
/** UTF-16 code units. */
export const lengthFact = 2;
/** Code points. */
export const pointsFact = 3;
/** The bits below. */
export const flagsFact = 4;
/** Times that `#` stands in the word. */
export const hashMarksFact = 5;
/** Times that `...` or `…` stands in the word, not overlapping. */
export const ellipsesFact = 6;
const hashFact = 0;
const offsetFact = 1;
/** Where its pieces stand; 0 while it is not split, `ITSELF` when it is one word. */
const piecesFact = 7;
const ITSELF = -1;

/** Some character is a letter. */
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

const stopWords = ["the", "be", "to", "of", "and", "that", "have", "with"];
const longestStopWord = 4;

/** Each phrase of C4 holds one of these within a single word. */
const c4Words = /javascript|lorem|terms|policy|cookie/;
const shortestC4Word = 5;

const FIRST_ENTRIES = 1 << 14;
const FIRST_UNITS = 1 << 17;
/** Beyond these the table is emptied before the next text. */
const MOST_ENTRIES = 1 << 18;
const MOST_UNITS = 1 << 22;

// A mark of byte order is a character of the text here.
const decoder = new TextDecoder("utf-16le", { ignoreBOM: true });

/** Owns its buffers. Numbers hold until the next `beginText`, and are equal exactly when the texts are. */
export class WordTable {
  /** See `factShift`. */
  facts!: Int32Array;
  #count = 0;
  #slots!: Int32Array;
  #units!: Uint16Array;
  #unitCount = 0;
  /** Count and numbers of the pieces of each word that has several. */
  #pieces!: Int32Array;
  #pieceTotal = 0;

  constructor() {
    this.#reset();
  }

  /** Empties the table when it has grown large: numbers of the text before may be given out anew. */
  beginText(): void {
    if (this.#count > MOST_ENTRIES || this.#unitCount > MOST_UNITS) this.#reset();
  }

  #reset(): void {
    this.facts = new Int32Array(FIRST_ENTRIES << factShift);
    this.#count = 0;
    this.#slots = new Int32Array(FIRST_ENTRIES * 4);
    this.#units = new Uint16Array(FIRST_UNITS);
    this.#unitCount = 0;
    this.#pieces = new Int32Array(FIRST_ENTRIES);
    this.#pieceTotal = 1;
  }

  /** The number of `text.slice(start, end)`; `hash` depends on these characters only. */
  intern(text: string, start: number, end: number, hash: number): number {
    const { facts } = this;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const length = end - start;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      const at = (entry - 1) << factShift;
      if (facts[at + hashFact] === hash && facts[at + lengthFact] === length) {
        if (this.#isEqual(facts[at + offsetFact]!, text, start, length)) return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = this.#count + 1;
    return this.#add(text, start, length, hash);
  }

  #isEqual(offset: number, text: string, start: number, length: number): boolean {
    const units = this.#units;
    for (let i = length - 1; i >= 0; i--) if (units[offset + i] !== text.charCodeAt(start + i)) return false;
    return true;
  }

  /** The word itself. */
  textOf(id: number): string {
    const at = id << factShift;
    const offset = this.facts[at + offsetFact]!;
    return decoder.decode(this.#units.subarray(offset, offset + this.facts[at + lengthFact]!));
  }

  /**
   * Puts the numbers of a stretch's words, as spaCy splits it, into `into` from `at` on; returns their count. The stretch
   * stands in `text` at `start`.
   */
  copyPieces(id: number, text: string, start: number, into: Int32Array, at: number): number {
    let first = this.facts[(id << factShift) + piecesFact]!;
    if (first === 0) first = this.#split(id, text, start);
    if (first === ITSELF) {
      into[at] = id;
      return 1;
    }
    const pieces = this.#pieces;
    const count = pieces[first]!;
    for (let i = 0; i < count; i++) into[at + i] = pieces[first + 1 + i]!;
    return count;
  }

  #split(id: number, text: string, start: number): number {
    const length = this.facts[(id << factShift) + lengthFact]!;
    const stretch = text.slice(start, start + length);
    const ends = isPlainWord(stretch) ? undefined : splitStretch(stretch);
    let first = ITSELF;
    if (ends !== undefined && ends.length > 1) {
      first = this.#pieceTotal;
      this.#pieces = grown(this.#pieces, first + ends.length + 1);
      this.#pieces[this.#pieceTotal++] = ends.length;
      let from = 0;
      for (const end of ends) {
        this.#pieces[this.#pieceTotal++] = this.intern(stretch, from, end, hashOf(stretch, from, end));
        from = end;
      }
    }
    this.facts[(id << factShift) + piecesFact] = first;
    return first;
  }

  #add(text: string, start: number, length: number, hash: number): number {
    const id = this.#count++;
    const at = id << factShift;
    const offset = this.#unitCount;
    this.#unitCount += length;
    this.#units = grown(this.#units, this.#unitCount);
    this.facts = grown(this.facts, at + (1 << factShift));
    const { facts } = this;
    facts[at + hashFact] = hash;
    facts[at + offsetFact] = offset;
    facts[at + lengthFact] = length;
    facts[at + piecesFact] = 0;
    for (let i = 0; i < length; i++) this.#units[offset + i] = text.charCodeAt(start + i);
    describe(text, start, length, facts, at);
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return id;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let id = 0; id < this.#count; id++) {
      const hash = this.facts[(id << factShift) + hashFact]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }
}

/** Fills in what is known from a word's characters alone. */
function describe(text: string, start: number, length: number, facts: Int32Array, at: number): void {
  let points = 0;
  let any = 0;
  let all = -1;
  let flags = 0;
  let hashMarks = 0;
  let ellipses = 0;
  let stops = 0;
  for (let i = start; i < start + length; i++) {
    const unit = text.charCodeAt(i);
    const pair = unit >= 0xd800 && unit < 0xdc00 && i + 1 < start + length;
    const kind = pair ? classOf(pairOf(unit, text.charCodeAt(++i))) : classes[unit]!;
    points++;
    any |= kind;
    all &= kind;
    if ((kind & wordless) === 0) flags |= hasContent;
    if (unit === 0x23) {
      hashMarks++;
      flags |= hasSymbol;
    } else if (unit === 0x7b || unit === 0x5b) flags |= c4Suspect;
    stops = unit === 0x2e ? stops + 1 : 0;
    if (unit === 0x2026 || stops === 3) {
      ellipses++;
      stops = 0;
      if (unit === 0x2026) flags |= hasSymbol;
    }
  }
  if ((any & letter) !== 0) flags |= hasLetter;
  if ((all & punctuation) !== 0) flags |= allPunctuation;
  if (points === 1 && (all & sentenceEnd) !== 0) flags |= endsSentence;
  if (length <= longestStopWord) flags |= (stopWords.indexOf(text.slice(start, start + length)) + 1) << stopWordShift;
  else if (length >= shortestC4Word && c4Words.test(text.slice(start, start + length).toLowerCase()))
    flags |= c4Suspect;
  facts[at + pointsFact] = points;
  facts[at + flagsFact] = flags;
  facts[at + hashMarksFact] = hashMarks;
  facts[at + ellipsesFact] = ellipses;
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
