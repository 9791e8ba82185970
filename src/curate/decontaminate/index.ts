/** An index of benchmark texts, and the search for them in documents. */
import { UsageError } from "../../core/errors.ts";
import { HashTable } from "../shared/hash-table.ts";
import { readBenchmark } from "./benchmark-file.ts";
import { RollingHash } from "./rolling.ts";
import { WordBlock } from "./words.ts";

/**
 * A text with fewer words than an n-gram is looked for as a whole, when it has this many. Shorter ones (an answer such
 * as "Paris", "True" or "B") occur in any text and say nothing.
 */
export const SHORTEST_WORDS = 5;

/** What was read of one benchmark file. */
export interface BenchmarkCounts {
  file: string;
  /** Texts that are looked for, and those that are too short. */
  texts: number;
  tooShort: number;
}

/** Where a document holds benchmark text. */
export interface Overlap {
  /** n-grams of the document, and short texts, that are in a benchmark. */
  matches: number;
  /** Words of the document that belong to one of them, and all its words. */
  words: number;
  of: number;
  /** The first rows that were met, each once, as `file:row`; at most `MAX_ROWS`. */
  rows: string[];
}

const MAX_ROWS = 10;
/** A block of words has to hold several n-grams. */
const MAX_WORDS = 1000;

/** Words of one short text, all of their hashes. */
interface ShortText {
  low: Int32Array;
  high: Int32Array;
  row: number;
  /** The next text that ends in the same words; -1 for none. */
  next: number;
}

export class BenchmarkIndex {
  readonly n: number;
  readonly files: BenchmarkCounts[] = [];
  readonly #ngrams = new HashTable();
  /** By the hash of their last `SHORTEST_WORDS` words. */
  readonly #endings = new HashTable();
  readonly #short: ShortText[] = [];
  /** File and row of each row that is looked for. */
  readonly #rowFiles: number[] = [];
  readonly #rowNumbers: number[] = [];
  readonly #words = new WordBlock();
  readonly #long: RollingHash;
  readonly #ending = new RollingHash(SHORTEST_WORDS);

  /** `n`: words of an n-gram. */
  constructor(n: number) {
    if (n > MAX_WORDS) throw new UsageError(`decontaminateNgram is ${n}; the limit is ${MAX_WORDS}`);
    this.n = n;
    this.#long = new RollingHash(n);
  }

  /** Different n-grams, and short texts. */
  get size(): number {
    return this.#ngrams.size + this.#short.length;
  }

  /** Adds every text of a file; an n-gram that several rows have is reported by the first. */
  addFile(file: string): void {
    const counts = { file, texts: 0, tooShort: 0 };
    this.files.push(counts);
    let last = -1;
    for (const { row, text } of readBenchmark(file)) {
      if (row !== last) {
        this.#rowFiles.push(this.files.length - 1);
        this.#rowNumbers.push(row);
        last = row;
      }
      if (this.#add(text)) counts.texts++;
      else counts.tooShort++;
    }
  }

  /** Adds a text to the row at hand; false when it is too short. */
  #add(text: string): boolean {
    const row = this.#rowNumbers.length - 1;
    const words = this.#words;
    const long = this.#long;
    words.count = 0;
    long.reset();
    let seen = 0;
    for (let at = 0; at < text.length; ) {
      words.keepLast(this.n);
      const from = words.count;
      at = words.fill(text, at);
      for (let i = from; i < words.count; i++) {
        if (long.push(words, i, ++seen)) this.#ngrams.add(long.low, long.high, row);
      }
    }
    if (seen >= this.n) return true;
    if (seen < SHORTEST_WORDS) return false;
    this.#addShort(row);
    return true;
  }

  /** The words of the block, all of the text's. */
  #addShort(row: number): void {
    const { low, high, count } = this.#words;
    const ending = this.#ending;
    ending.reset();
    for (let i = 0; i < count; i++) ending.push(this.#words, i, i + 1);
    const index = this.#short.length;
    const next = this.#endings.replace(ending.low, ending.high, index);
    this.#short.push({ low: low.slice(0, count), high: high.slice(0, count), row, next });
  }

  /** What of the benchmarks a text holds; undefined when nothing. */
  find(text: string): Overlap | undefined {
    const words = this.#words;
    const long = this.#long;
    const ending = this.#ending;
    const keep = Math.max(this.n, SHORTEST_WORDS);
    const hasShort = this.#short.length > 0;
    const found = new Found();
    words.count = 0;
    long.reset();
    ending.reset();
    for (let at = 0; at < text.length; ) {
      words.keepLast(keep);
      const from = words.count;
      at = words.fill(text, at);
      for (let i = from; i < words.count; i++) {
        found.seen++;
        if (long.push(words, i, found.seen)) {
          const row = this.#ngrams.get(long.low, long.high);
          if (row !== -1) found.add(row, this.n);
        }
        if (hasShort && ending.push(words, i, found.seen)) this.#findShort(words, i, found);
      }
    }
    if (found.matches === 0) return undefined;
    return {
      matches: found.matches,
      words: found.covered,
      of: found.seen,
      rows: found.rows.map((row) => this.#name(row)),
    };
  }

  #findShort(words: WordBlock, last: number, found: Found): void {
    let index = this.#endings.get(this.#ending.low, this.#ending.high);
    for (; index !== -1; index = this.#short[index]!.next) {
      const { low, high, row } = this.#short[index]!;
      const first = last - low.length + 1;
      if (first < 0 || found.seen < low.length) continue;
      let same = true;
      for (let k = 0; same && k < low.length; k++)
        same = words.low[first + k] === low[k] && words.high[first + k] === high[k];
      if (same) found.add(row, low.length);
    }
  }

  #name(row: number): string {
    return `${this.files[this.#rowFiles[row]!]!.file}:${this.#rowNumbers[row]}`;
  }
}

/** What was found so far in one document. */
class Found {
  /** Words that were read. */
  seen = 0;
  matches = 0;
  covered = 0;
  readonly rows: number[] = [];
  /** Words up to the end of the last match. */
  #until = 0;

  /** A match of the last `length` words. */
  add(row: number, length: number): void {
    this.matches++;
    this.covered += this.seen - Math.max(this.#until, this.seen - length);
    this.#until = this.seen;
    if (this.rows.length < MAX_ROWS && !this.rows.includes(row)) this.rows.push(row);
  }
}
