/** Merging the symbols of one word in the order of the merges' ranks, leftmost first among equals. */
import type { MergeTable } from "./merge-table.ts";

/** Up to this many symbols looking through all pairs is faster than a heap. */
const SHORT = 48;
const NO_RANK = 0x7fffffff;
/** A heap's keys hold the rank above and the position below; both fit a double's 53 bits. */
const POSITIONS = 2 ** 31;

export class Merger {
  readonly #table: MergeTable;
  readonly #ranks = new Int32Array(SHORT);
  readonly #merged = new Int32Array(SHORT);
  /** For long words: neighbours of each symbol, -1 at the ends. */
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  #heap = new Float64Array(0);
  #heapSize = 0;

  constructor(table: MergeTable) {
    this.#table = table;
  }

  /**
   * Merges `symbols[0, count)` in place and gives the new count. Where symbols start and end is kept up to date when
   * it is given.
   */
  merge(symbols: Int32Array, count: number, starts?: Int32Array, ends?: Int32Array): number {
    if (count < 2) return count;
    return count <= SHORT ? this.#short(symbols, count, starts, ends) : this.#long(symbols, count, starts, ends);
  }

  #short(symbols: Int32Array, count: number, starts?: Int32Array, ends?: Int32Array): number {
    const ranks = this.#ranks;
    const merged = this.#merged;
    for (let i = 0; i < count - 1; i++) this.#look(symbols, i);
    for (;;) {
      let best = NO_RANK;
      let at = -1;
      for (let i = 0; i < count - 1; i++) {
        if (ranks[i]! < best) {
          best = ranks[i]!;
          at = i;
        }
      }
      if (at < 0) return count;
      symbols[at] = merged[at]!;
      count--;
      if (starts && ends) {
        for (let i = at; i < count; i++) ends[i] = ends[i + 1]!;
        for (let i = at + 1; i < count; i++) starts[i] = starts[i + 1]!;
      }
      for (let i = at + 1; i < count; i++) {
        symbols[i] = symbols[i + 1]!;
        ranks[i] = ranks[i + 1]!;
        merged[i] = merged[i + 1]!;
      }
      if (at > 0) this.#look(symbols, at - 1);
      if (at < count - 1) this.#look(symbols, at);
    }
  }

  /** Looks a pair up for the search through all. */
  #look(symbols: Int32Array, at: number): void {
    const place = this.#table.find(symbols[at]!, symbols[at + 1]!);
    this.#ranks[at] = place < 0 ? NO_RANK : this.#table.rankAt(place);
    if (place >= 0) this.#merged[at] = this.#table.mergedAt(place);
  }

  #long(symbols: Int32Array, count: number, starts?: Int32Array, ends?: Int32Array): number {
    this.#open(count);
    const next = this.#next;
    const previous = this.#previous;
    const table = this.#table;
    for (let i = 0; i < count; i++) {
      next[i] = i + 1 < count ? i + 1 : -1;
      previous[i] = i - 1;
    }
    for (let i = 0; i < count - 1; i++) this.#offer(symbols, i, i + 1);
    while (this.#heapSize > 0) {
      const key = this.#take();
      const at = key % POSITIONS;
      const right = next[at]!;
      if (symbols[at]! < 0 || right < 0) continue;
      const place = table.find(symbols[at]!, symbols[right]!);
      // The pair may have changed since it was put there.
      if (place < 0 || table.rankAt(place) * POSITIONS + at !== key) continue;
      symbols[at] = table.mergedAt(place);
      symbols[right] = -1;
      if (ends) ends[at] = ends[right]!;
      const after = next[right]!;
      next[at] = after;
      if (after >= 0) {
        previous[after] = at;
        this.#offer(symbols, at, after);
      }
      if (previous[at]! >= 0) this.#offer(symbols, previous[at]!, at);
    }
    let kept = 0;
    for (let i = 0; i >= 0; i = next[i]!) {
      symbols[kept] = symbols[i]!;
      if (starts) starts[kept] = starts[i]!;
      if (ends) ends[kept] = ends[i]!;
      kept++;
    }
    return kept;
  }

  #open(count: number): void {
    this.#heapSize = 0;
    // Far smaller than before: give the memory of a giant word back.
    if (this.#next.length >= count && this.#next.length < Math.max(count * 64, 65_536)) return;
    this.#next = new Int32Array(count);
    this.#previous = new Int32Array(count);
    // Every pair once, and at most two more for each merge.
    this.#heap = new Float64Array(count * 3);
  }

  #offer(symbols: Int32Array, left: number, right: number): void {
    const place = this.#table.find(symbols[left]!, symbols[right]!);
    if (place < 0) return;
    const heap = this.#heap;
    const key = this.#table.rankAt(place) * POSITIONS + left;
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= key) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = key;
  }

  #take(): number {
    const heap = this.#heap;
    const top = heap[0]!;
    const size = --this.#heapSize;
    const key = heap[size]!;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = key;
    return top;
  }
}
