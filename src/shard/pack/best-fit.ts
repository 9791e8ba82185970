/**
 * Best-fit decreasing: pieces go, longest first, into the row with the least free space that still holds them. Counting
 * sort and a tree of bits over the free spaces make it linear; ties go to the row that changed last, so the result is
 * a function of the lengths alone.
 */
import { assert } from "../../core/errors.ts";

/** Which row each piece lies in; rows are numbered by their first piece. */
export interface Rows {
  rows: number;
  rowOf: Uint32Array;
}

const NONE = -1;

/** @param lengths of the pieces, 1…width each */
export function bestFit(lengths: Uint32Array, width: number): Rows {
  const order = longestFirst(lengths, width);
  const rowOf = new Uint32Array(lengths.length);
  const free = new FreeRows(width, lengths.length);
  let rows = 0;
  for (const piece of order) {
    const length = lengths[piece]!;
    const found = free.take(length);
    const row = found === NONE ? rows++ : found;
    free.put(row, (found === NONE ? width : free.taken) - length);
    rowOf[piece] = row;
  }
  return { rows, rowOf: renumbered(rowOf, rows) };
}

/** Indices of the pieces by falling length, equal ones in their order. */
function longestFirst(lengths: Uint32Array, width: number): Uint32Array {
  const starts = new Uint32Array(width + 2);
  for (const length of lengths) {
    assert(length >= 1 && length <= width, `a piece of ${length} tokens fits into a row of ${width}`);
    starts[width - length + 1]!++;
  }
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const order = new Uint32Array(lengths.length);
  for (let piece = 0; piece < lengths.length; piece++) order[starts[width - lengths[piece]!]!++] = piece;
  return order;
}

function renumbered(rowOf: Uint32Array, rows: number): Uint32Array {
  const numbers = new Uint32Array(rows).fill(rows);
  let next = 0;
  for (let piece = 0; piece < rowOf.length; piece++) {
    const row = rowOf[piece]!;
    if (numbers[row] === rows) numbers[row] = next++;
    rowOf[piece] = numbers[row]!;
  }
  return rowOf;
}

/** Rows by their free space: a stack for each space, and a tree whose bits say which stacks are not empty. */
class FreeRows {
  /** The free space of the row that `take` gave last. */
  taken = 0;
  readonly #heads: Int32Array;
  readonly #below: Int32Array;
  /** Bits of stacks, then bits of words of the level before, up to one word. */
  readonly #levels: Uint32Array[] = [];

  constructor(width: number, rowsMax: number) {
    this.#heads = new Int32Array(width + 1).fill(NONE);
    this.#below = new Int32Array(rowsMax);
    for (let bits = width + 1; ; ) {
      bits = Math.ceil(bits / 32);
      this.#levels.push(new Uint32Array(bits));
      if (bits === 1) break;
    }
  }

  put(row: number, space: number): void {
    if (space === 0) return;
    this.#below[row] = this.#heads[space]!;
    this.#heads[space] = row;
    let at = space;
    for (const level of this.#levels) {
      level[at >>> 5]! |= 1 << (at & 31);
      at >>>= 5;
    }
  }

  /** Removes the row with the least free space of at least `length`; −1 when there is none. */
  take(length: number): number {
    const space = this.#atLeast(length);
    if (space === NONE) return NONE;
    const row = this.#heads[space]!;
    this.#heads[space] = this.#below[row]!;
    this.taken = space;
    if (this.#heads[space] !== NONE) return row;
    let at = space;
    for (const level of this.#levels) {
      level[at >>> 5]! &= ~(1 << (at & 31));
      if (level[at >>> 5] !== 0) break;
      at >>>= 5;
    }
    return row;
  }

  /** The least space with a row, from `from` on: up the tree to a word with a later bit, then down to its first. */
  #atLeast(from: number): number {
    let at = from;
    for (let height = 0; height < this.#levels.length; height++) {
      const level = this.#levels[height]!;
      const word = at >>> 5 < level.length ? level[at >>> 5]! & (-1 << (at & 31)) : 0;
      if (word === 0) {
        at = (at >>> 5) + 1;
        continue;
      }
      at = (at & ~31) | lowestBit(word);
      while (height > 0) {
        height--;
        at = (at << 5) | lowestBit(this.#levels[height]![at]!);
      }
      return at;
    }
    return NONE;
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
