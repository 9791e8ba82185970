/**
 * Repeated substrings of words, from a suffix array that is sorted only as deep as pieces are long. Like an inner node
 * of a suffix tree, a substring is given where at least two different symbols (or ends) follow it.
 */
import { grown } from "./word-table.ts";

/** Symbols that end every substring: word ends and letters without a token. */
export const BOUNDARY = 0;
/** Shorter ranges are sorted by insertion. */
const SMALL = 16;

export interface Substrings {
  length: number;
  /** Where one occurrence of each begins. */
  starts: Int32Array;
  /** Symbols of each, 2 to `maxLength`. */
  lengths: Int32Array;
  /** Occurrences. */
  counts: Int32Array;
  /** Place among all in the order of symbols. */
  places: Int32Array;
}

/**
 * All substrings of 2 to `maxLength` symbols, not crossing a boundary. `alphabetSize`: symbols are below it. `pause` is
 * awaited now and then.
 */
export async function repeatedSubstrings(
  text: Int32Array,
  alphabetSize: number,
  maxLength: number,
  pause: () => Promise<void>,
): Promise<Substrings> {
  const suffixes = await sortedSuffixes(text, alphabetSize, maxLength + 1, pause);
  const found = new SubstringList();
  // Open intervals of suffixes that share a prefix, each longer than the one below.
  const depths = new Int32Array(maxLength + 2);
  const lefts = new Int32Array(maxLength + 2);
  let open = 0;
  for (let i = 1; i <= suffixes.length; i++) {
    const shared = i < suffixes.length ? sharedPrefix(text, suffixes[i - 1]!, suffixes[i]!, maxLength + 1) : 0;
    let left = i - 1;
    while (open > 0 && depths[open - 1]! > shared) {
      open--;
      left = lefts[open]!;
      if (depths[open]! <= maxLength) found.add(suffixes[left]!, depths[open]!, i - left, left);
    }
    if (shared > 1 && (open === 0 || depths[open - 1]! < shared)) {
      depths[open] = shared;
      lefts[open++] = left;
    }
  }
  return found;
}

class SubstringList implements Substrings {
  length = 0;
  starts = new Int32Array(1 << 12);
  lengths = new Int32Array(1 << 12);
  counts = new Int32Array(1 << 12);
  places = new Int32Array(1 << 12);

  add(start: number, length: number, count: number, place: number): void {
    if (this.length === this.starts.length) {
      this.starts = grown(this.starts, this.length * 2);
      this.lengths = grown(this.lengths, this.length * 2);
      this.counts = grown(this.counts, this.length * 2);
      this.places = grown(this.places, this.length * 2);
    }
    this.starts[this.length] = start;
    this.lengths[this.length] = length;
    this.counts[this.length] = count;
    this.places[this.length++] = place;
  }
}

/** Symbols that two suffixes share; one more than `depth` where they share a boundary too. */
function sharedPrefix(text: Int32Array, a: number, b: number, depth: number): number {
  for (let d = 0; d < depth; d++) {
    if (text[a + d] !== text[b + d]) return d;
    if (text[a + d] === BOUNDARY) return depth;
  }
  return depth;
}

/** Starts of all suffixes that do not begin with a boundary, sorted by their first `depth` symbols. */
async function sortedSuffixes(
  text: Int32Array,
  alphabetSize: number,
  depth: number,
  pause: () => Promise<void>,
): Promise<Int32Array> {
  const ends = new Int32Array(alphabetSize + 1);
  for (const symbol of text) if (symbol !== BOUNDARY) ends[symbol + 1]!++;
  for (let s = 1; s <= alphabetSize; s++) ends[s]! += ends[s - 1]!;
  const bounds = ends.slice();
  const suffixes = new Int32Array(ends[alphabetSize]!);
  text.forEach((symbol, i) => {
    if (symbol !== BOUNDARY) suffixes[ends[symbol]!++] = i;
  });
  const sorter = new Sorter(text, suffixes, depth);
  for (let s = 0; s < alphabetSize; s++) {
    sorter.sort(bounds[s]!, bounds[s + 1]!, 1);
    await pause();
  }
  return suffixes;
}

/** Quicksort into smaller, equal and larger by one symbol at a time. */
class Sorter {
  readonly #text: Int32Array;
  readonly #suffixes: Int32Array;
  readonly #depth: number;

  constructor(text: Int32Array, suffixes: Int32Array, depth: number) {
    this.#text = text;
    this.#suffixes = suffixes;
    this.#depth = depth;
  }

  /** Sorts `[from, to)`, whose first `d` symbols are equal. */
  sort(from: number, to: number, d: number): void {
    const text = this.#text;
    const suffixes = this.#suffixes;
    while (to - from > SMALL) {
      if (d >= this.#depth) return;
      const pivot = this.#pivot(from, to, d);
      let less = from;
      let greater = to;
      for (let i = from; i < greater; ) {
        const suffix = suffixes[i]!;
        const symbol = text[suffix + d]!;
        if (symbol < pivot) {
          suffixes[i++] = suffixes[less]!;
          suffixes[less++] = suffix;
        } else if (symbol > pivot) {
          suffixes[i] = suffixes[--greater]!;
          suffixes[greater] = suffix;
        } else i++;
      }
      if (pivot !== BOUNDARY) this.sort(less, greater, d + 1);
      // The larger rest goes on in this loop, so that the stack stays low.
      if (less - from < to - greater) {
        this.sort(from, less, d);
        from = greater;
      } else {
        this.sort(greater, to, d);
        to = less;
      }
    }
    this.#insertion(from, to, d);
  }

  #pivot(from: number, to: number, d: number): number {
    const at = (i: number) => this.#text[this.#suffixes[i]! + d]!;
    const a = at(from);
    const b = at((from + to) >>> 1);
    const c = at(to - 1);
    return a < b ? (b < c ? b : Math.max(a, c)) : a < c ? a : Math.max(b, c);
  }

  #insertion(from: number, to: number, d: number): void {
    for (let i = from + 1; i < to; i++) {
      const suffix = this.#suffixes[i]!;
      let at = i;
      while (at > from && this.#less(suffix, this.#suffixes[at - 1]!, d)) {
        this.#suffixes[at] = this.#suffixes[at - 1]!;
        at--;
      }
      this.#suffixes[at] = suffix;
    }
  }

  #less(a: number, b: number, d: number): boolean {
    for (; d < this.#depth; d++) {
      const left = this.#text[a + d]!;
      const right = this.#text[b + d]!;
      if (left !== right) return left < right;
      if (left === BOUNDARY) return false;
    }
    return false;
  }
}
