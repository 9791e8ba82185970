/** n-grams of a text as a tree: their counts as Kneser-Ney smoothing wants them. */
import { MdpError } from "../../../core/errors.ts";
import { HashTable } from "../../shared/hash-table.ts";
import { BEGIN, END } from "./model.ts";
import { addWord, addWords, extendHigh, extendLow, newLineWords } from "./words.ts";

const FIRST_ROOM = 1 << 12;

/** Columns by the number of an n-gram; lengths are one more than the last number. */
export interface Columns {
  /** Hash of the n-gram. */
  low: Int32Array;
  high: Int32Array;
  /** Number of the n-gram without its last word, and of that without its first; -1 for single words. */
  parent: Int32Array;
  suffix: Int32Array;
  /** Number of its first word, a single word. */
  first: Int32Array;
  /** Words of the n-gram. */
  length: Uint32Array;
  /**
   * How often the longest n-grams occur, and those that begin a line; for the others, how many different words stand
   * before them.
   */
  count: Uint32Array;
}

/** Counts lines one by one. */
export class NgramCounts {
  readonly order: number;
  columns: Columns;
  size = 0;
  readonly #limit: number;
  readonly #numbers = new HashTable();
  readonly #line = newLineWords();
  /** Numbers of the n-grams that end in the word at hand and in the one before, by length. */
  #here: Int32Array;
  #before: Int32Array;

  /** More than `limit` different n-grams are an `MdpError`; each takes about 50 bytes. */
  constructor(order: number, limit: number) {
    this.order = order;
    this.#limit = limit;
    this.#here = new Int32Array(order + 1);
    this.#before = new Int32Array(order + 1);
    const ints = () => new Int32Array(FIRST_ROOM);
    const [length, count] = [new Uint32Array(FIRST_ROOM), new Uint32Array(FIRST_ROOM)];
    this.columns = { low: ints(), high: ints(), parent: ints(), suffix: ints(), first: ints(), length, count };
  }

  /** Counts a line; one without words counts nothing. */
  add(text: string): void {
    const line = this.#line;
    line.count = 0;
    addWord(BEGIN, 0, BEGIN.length, line);
    addWords(text, 0, text.length, line);
    if (line.count === 1) return;
    addWord(END, 0, END.length, line);
    for (let i = 0; i < line.count; i++) this.#addWord(i);
  }

  #addWord(index: number): void {
    const { low: wordLow, high: wordHigh } = this.#line;
    [this.#before, this.#here] = [this.#here, this.#before];
    const longest = Math.min(this.order, index + 1);
    let low = wordLow[index]!;
    let high = wordHigh[index]!;
    for (let n = 1; n <= longest; n++) {
      if (n > 1) {
        low = extendLow(low, wordLow[index - n + 1]!);
        high = extendHigh(high, wordHigh[index - n + 1]!);
      }
      const known = this.#numbers.get(low, high);
      const number = known === -1 ? this.#create(low, high, n) : known;
      this.#here[n] = number;
      const isWhole = n === this.order || n === index + 1;
      // `<s>` is never predicted.
      if (isWhole && index > 0) this.columns.count[number]!++;
    }
  }

  #create(low: number, high: number, n: number): number {
    const number = this.size++;
    if (number >= this.#limit) {
      throw new MdpError({
        code: "too-many-ngrams",
        message: `the text has more than ${this.#limit} different n-grams of up to ${this.order} words`,
        hint: "train on less text, with a smaller order, or raise maxNgrams",
      });
    }
    if (number === this.columns.low.length) this.#grow();
    const { columns } = this;
    columns.low[number] = low;
    columns.high[number] = high;
    columns.length[number] = n;
    columns.parent[number] = n === 1 ? -1 : this.#before[n - 1]!;
    columns.suffix[number] = n === 1 ? -1 : this.#here[n - 1]!;
    columns.first[number] = n === 1 ? number : columns.first[this.#before[n - 1]!]!;
    this.#numbers.add(low, high, number);
    // One more word that stands before the shorter one.
    if (n > 1) columns.count[this.#here[n - 1]!]!++;
    return number;
  }

  #grow(): void {
    const larger = <T extends Int32Array | Uint32Array>(column: T, next: T): T => {
      next.set(column);
      return next;
    };
    const room = this.columns.low.length * 2;
    const ints = (column: Int32Array) => larger(column, new Int32Array(room));
    const { low, high, parent, suffix, first, length, count } = this.columns;
    this.columns = {
      low: ints(low),
      high: ints(high),
      parent: ints(parent),
      suffix: ints(suffix),
      first: ints(first),
      length: larger(length, new Uint32Array(room)),
      count: larger(count, new Uint32Array(room)),
    };
  }
}
