/** The pair that comes most often, ties to the lower ids: a binary heap whose counts may be out of date. */
import type { PairTable } from "./pair-table.ts";
import { grown } from "./word-table.ts";

export class PairHeap {
  size = 0;
  readonly #table: PairTable;
  #pairs = new Int32Array(1 << 10);
  #counts = new Float64Array(1 << 10);

  constructor(table: PairTable) {
    this.#table = table;
  }

  get topPair(): number {
    return this.#pairs[0]!;
  }

  get topCount(): number {
    return this.#counts[0]!;
  }

  push(pair: number, count: number): void {
    if (this.size === this.#pairs.length) {
      this.#pairs = grown(this.#pairs, this.size * 2);
      this.#counts = grown(this.#counts, this.size * 2);
    }
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(pair, count, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#pairs[at] = pair;
    this.#counts[at] = count;
  }

  /** Puts the top pair to where its present count belongs. */
  recountTop(count: number): void {
    this.#sink(this.#pairs[0]!, count);
  }

  pop(): void {
    this.size--;
    if (this.size > 0) this.#sink(this.#pairs[this.size]!, this.#counts[this.size]!);
  }

  /** Puts an entry where the top was, and down to its place. */
  #sink(pair: number, count: number): void {
    let at = 0;
    for (let child = 1; child < this.size; child = 2 * at + 1) {
      const right = child + 1;
      if (right < this.size && this.#before(this.#pairs[right]!, this.#counts[right]!, child)) child = right;
      if (this.#before(pair, count, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#pairs[at] = pair;
    this.#counts[at] = count;
  }

  #move(from: number, to: number): void {
    this.#pairs[to] = this.#pairs[from]!;
    this.#counts[to] = this.#counts[from]!;
  }

  #before(pair: number, count: number, other: number): boolean {
    const otherCount = this.#counts[other]!;
    if (count !== otherCount) return count > otherCount;
    const { lefts, rights } = this.#table;
    const otherPair = this.#pairs[other]!;
    const order = lefts[pair]! - lefts[otherPair]! || rights[pair]! - rights[otherPair]!;
    return order < 0;
  }
}
