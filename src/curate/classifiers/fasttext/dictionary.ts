/** Words, labels and hashed n-grams of a fastText model: which rows of its input matrix a text takes. */
import type { FasttextArguments } from "./arguments.ts";
import type { Cursor } from "./cursor.ts";
import { KeptNgrams } from "./kept.ts";

const LABEL = new TextEncoder().encode("__label__");
const END_OF_LINE = new TextEncoder().encode("</s>");
const LESS = 60;
const GREATER = 62;
const FNV_START = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;
const MAX_COUNT = 1e15;
const WORD_HASH_PRIME = 116_049_371n;

/** FNV-1a, each byte taken as signed, as fastText does. */
const step = (hash: number, byte: number): number => Math.imul(hash ^ ((byte << 24) >> 24), FNV_PRIME);

export interface Label {
  /** Without `__label__`. */
  name: string;
  /** How often it was seen in training. */
  count: number;
}

export class Dictionary {
  readonly labels: Label[] = [];
  readonly words: number;
  readonly #arguments: FasttextArguments;
  readonly #bytes: Uint8Array;
  /** Where each word lies in the file. */
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  /** Open addressing by the hash of a word; a word's number plus one. */
  readonly #slots: Uint32Array;
  /** Undefined when all n-grams were kept. */
  readonly #kept: KeptNgrams | undefined;

  #rows = new Int32Array(1024);
  #count = 0;
  #bracketed = new Uint8Array(256);

  constructor(cursor: Cursor, args: FasttextArguments) {
    this.#arguments = args;
    this.#bytes = cursor.bytes;
    const entries = cursor.int32("the dictionary's size");
    this.words = cursor.int32("the number of words");
    const labels = cursor.int32("the number of labels");
    if (entries < 0 || this.words < 0 || labels < 1 || this.words + labels !== entries) {
      throw cursor.broken(`${entries} entries are no sum of ${this.words} words and ${labels} labels`);
    }
    cursor.int64("the number of tokens");
    const pruned = cursor.int64("the number of kept n-grams");
    // The smallest entry is a word of one byte, its end, its count and its kind.
    if (entries > cursor.bytes.length / 11) throw cursor.broken(`${entries} entries do not fit into the file`);
    this.#starts = new Uint32Array(this.words);
    this.#ends = new Uint32Array(this.words);
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(2, this.words * 2))));
    for (let index = 0; index < entries; index++) this.#readEntry(cursor, index);
    this.#kept = pruned < 0 ? undefined : new KeptNgrams(cursor, pruned);
  }

  /** Rows that belong to n-grams: hashed ones, or those that were kept. */
  get ngramRows(): number {
    return this.#kept ? this.#kept.size : this.#arguments.bucket;
  }

  #readEntry(cursor: Cursor, index: number): void {
    const start = cursor.at;
    const end = this.#bytes.indexOf(0, start);
    if (end === -1) throw cursor.broken("it ends within the dictionary");
    cursor.take(end + 1 - start, "the dictionary");
    const count = cursor.int64("the dictionary");
    const isLabel = cursor.uint8("the dictionary") === 1;
    if (isLabel !== index >= this.words) throw cursor.broken("its words and labels are mixed");
    if (isLabel) {
      // The tree of hierarchical softmax is built on both.
      if (count < 0 || count > MAX_COUNT || count > (this.labels.at(-1)?.count ?? MAX_COUNT)) {
        throw cursor.broken(`label ${this.labels.length} has the count ${count}, which is no falling count`);
      }
      const name = new TextDecoder().decode(this.#bytes.subarray(start, end));
      this.labels.push({ name: name.startsWith("__label__") ? name.slice(LABEL.length) : name, count });
      return;
    }
    this.#starts[index] = start;
    this.#ends[index] = end;
    const slot = this.#slotOf(this.#bytes, start, end);
    if (this.#slots[slot] === 0) this.#slots[slot] = index + 1;
  }

  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(bytes, start, end) & mask;
    while (this.#slots[slot] !== 0 && !this.#isWord(this.#slots[slot]! - 1, bytes, start, end))
      slot = (slot + 1) & mask;
    return slot;
  }

  #isWord(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[index]!;
    if (this.#ends[index]! - from !== end - start) return false;
    for (let i = start; i < end; i++) if (bytes[i] !== this.#bytes[from + i - start]) return false;
    return true;
  }

  /**
   * The rows that a line takes part in, in fastText's order: those of its words, `</s>` at the end, then those of its
   * n-grams of words. `line` has no line end in it. The result is valid until the next call.
   */
  rows(line: Uint8Array): Int32Array {
    const { wordNgrams } = this.#arguments;
    const hashes: number[] = [];
    this.#count = 0;
    let isOver = false;
    for (let at = 0; at < line.length && !isOver; ) {
      while (at < line.length && isSpace(line[at]!)) at++;
      const start = at;
      while (at < line.length && !isSpace(line[at]!)) at++;
      if (at > start) this.#word(line, start, at, hashes);
      // fastText stops at its own mark of a line's end.
      isOver = isEnd(line, start, at);
    }
    if (!isOver) this.#word(END_OF_LINE, 0, END_OF_LINE.length, hashes);
    if (wordNgrams > 1) this.#wordNgrams(hashes);
    return this.#rows.subarray(0, this.#count);
  }

  #take(row: number): void {
    if (this.#count === this.#rows.length) {
      const larger = new Int32Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[this.#count++] = row;
  }

  #word(bytes: Uint8Array, start: number, end: number, hashes: number[]): void {
    const number = this.#slots[this.#slotOf(bytes, start, end)]! - 1;
    if (number === -1 && isLabel(bytes, start, end)) return;
    if (this.#arguments.wordNgrams > 1) hashes.push(hashOf(bytes, start, end));
    if (number !== -1) this.#take(number);
    if (this.#arguments.maxn > 0 && !isEnd(bytes, start, end)) this.#subwords(bytes, start, end);
  }

  /** n-grams of characters of `<word>`, those of one character only inside it. */
  #subwords(bytes: Uint8Array, start: number, end: number): void {
    const { minn, maxn, bucket } = this.#arguments;
    const size = end - start + 2;
    if (size > this.#bracketed.length) this.#bracketed = new Uint8Array(size * 2);
    const word = this.#bracketed;
    word[0] = LESS;
    for (let i = start; i < end; i++) word[i - start + 1] = bytes[i]!;
    word[size - 1] = GREATER;
    for (let from = 0; from < size; from++) {
      if ((word[from]! & 0xc0) === 0x80) continue;
      let hash = FNV_START;
      let to = from;
      for (let n = 1; n <= maxn && to < size; n++) {
        hash = step(hash, word[to++]!);
        while (to < size && (word[to]! & 0xc0) === 0x80) hash = step(hash, word[to++]!);
        if (n >= minn && !(n === 1 && (from === 0 || to === size))) this.#ngram((hash >>> 0) % bucket);
      }
    }
  }

  #wordNgrams(hashes: readonly number[]): void {
    const { wordNgrams, bucket } = this.#arguments;
    for (let i = 0; i < hashes.length; i++) {
      let hash = BigInt.asUintN(64, BigInt(hashes[i]!));
      for (let j = i + 1; j < hashes.length && j < i + wordNgrams; j++) {
        hash = BigInt.asUintN(64, hash * WORD_HASH_PRIME + BigInt(hashes[j]!));
        this.#ngram(Number(hash % BigInt(bucket)));
      }
    }
  }

  #ngram(bucket: number): void {
    const row = this.#kept ? this.#kept.get(bucket) : bucket;
    if (row !== -1) this.#take(this.words + row);
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_START;
  for (let i = start; i < end; i++) hash = step(hash, bytes[i]!);
  return hash;
}

function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13) || byte === 0;
}

function isEnd(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === END_OF_LINE.length && END_OF_LINE.every((byte, i) => bytes[start + i] === byte);
}

function isLabel(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= LABEL.length && LABEL.every((byte, i) => bytes[start + i] === byte);
}
