/**
 * Every way to cut the words into pieces, held as edges from each position: found once, since training only ever takes
 * pieces away.
 */
import { BOUNDARY } from "./substrings.ts";
import { grown } from "./word-table.ts";

/** Stands for a letter that has no piece. */
export const UNKNOWN = 0;
/** What an unknown letter costs below the rarest piece. */
const UNKNOWN_PENALTY = 10;
/** Up to this length a word's probability stays far above the smallest double. */
const LINEAR_LENGTH = 16;
const POSITIONS_PER_PAUSE = 65_536;

/** Pieces by id; id 0 is the unknown letter. */
export interface Pieces {
  size: number;
  /** Where one occurrence of each begins in the text. */
  starts: Int32Array;
  lengths: Int32Array;
  /** Log probabilities; -Infinity for a piece that was taken away. */
  scores: Float64Array;
}

export interface Corpus {
  /** Symbols of the words, a boundary after each. */
  text: Int32Array;
  /** Word `i` is `text[starts[i], starts[i + 1] - 1)`. */
  starts: Uint32Array;
  counts: Float64Array;
}

export class Lattice {
  readonly #corpus: Corpus;
  readonly #pieces: Pieces;
  /** Edges of position `i` are `#edges[#firsts[i], #firsts[i + 1])`: ids of pieces, shorter ones first. */
  #edges: Int32Array;
  readonly #firsts: Uint32Array;
  #forward = new Float64Array(1 << 8);
  #backward = new Float64Array(1 << 8);
  #best = new Float64Array(1 << 8);
  /** Piece by which each position is reached best. */
  #by = new Int32Array(1 << 8);
  #probabilities: Float64Array;

  private constructor(corpus: Corpus, pieces: Pieces, edges: Int32Array, firsts: Uint32Array) {
    this.#corpus = corpus;
    this.#pieces = pieces;
    this.#firsts = firsts;
    this.#edges = edges;
    this.#probabilities = new Float64Array(pieces.size);
  }

  /** Finds every edge. `alphabetSize`: symbols are below it. `pause` is awaited now and then. */
  static async of(corpus: Corpus, pieces: Pieces, alphabetSize: number, pause: () => Promise<void>): Promise<Lattice> {
    const firsts = new Uint32Array(corpus.text.length + 1);
    const edges = await findEdges(corpus.text, pieces, alphabetSize, firsts, pause);
    return new Lattice(corpus, pieces, edges, firsts);
  }

  /** Takes notice of changed scores: forgets edges of pieces that are gone, and scores unknown letters. */
  update(): void {
    const { scores, size } = this.#pieces;
    let least = Number.POSITIVE_INFINITY;
    for (let id = 1; id < size; id++)
      if (scores[id]! > Number.NEGATIVE_INFINITY && scores[id]! < least) least = scores[id]!;
    scores[UNKNOWN] = least - UNKNOWN_PENALTY;
    for (let id = 0; id < size; id++) this.#probabilities[id] = Math.exp(scores[id]!);
    const edges = this.#edges;
    let to = 0;
    for (let i = 0; i < this.#corpus.text.length; i++) {
      const from = this.#firsts[i]!;
      const end = this.#firsts[i + 1]!;
      this.#firsts[i] = to;
      for (let e = from; e < end; e++) {
        const id = edges[e]!;
        if (scores[id]! > Number.NEGATIVE_INFINITY) edges[to++] = id;
        // Only the letter itself is one symbol long, and it comes first.
        else if (e === from) edges[to++] = UNKNOWN;
      }
    }
    this.#firsts[this.#corpus.text.length] = to;
    if (to < edges.length / 2) this.#edges = edges.slice(0, to);
  }

  /** Adds to `expected` how often each piece comes in word `word`, over all ways to cut it. */
  addExpected(word: number, expected: Float64Array): void {
    const { starts, counts } = this.#corpus;
    const from = starts[word]!;
    const to = starts[word + 1]! - 1;
    if (to - from > LINEAR_LENGTH) this.#addExpectedLog(from, to, counts[word]!, expected);
    else this.#addExpectedLinear(from, to, counts[word]!, expected);
  }

  #addExpectedLinear(from: number, to: number, count: number, expected: Float64Array): void {
    const { lengths } = this.#pieces;
    const edges = this.#edges;
    const firsts = this.#firsts;
    const probabilities = this.#probabilities;
    const forward = this.#forward;
    const backward = this.#backward;
    const n = to - from;
    forward.fill(0, 0, n + 1);
    forward[0] = 1;
    for (let i = 0; i < n; i++) {
      const end = firsts[from + i + 1]!;
      for (let e = firsts[from + i]!; e < end; e++) {
        const id = edges[e]!;
        forward[i + lengths[id]!]! += forward[i]! * probabilities[id]!;
      }
    }
    const scale = count / forward[n]!;
    backward[n] = 1;
    for (let i = n - 1; i >= 0; i--) {
      const end = firsts[from + i + 1]!;
      const reach = forward[i]! * scale;
      let sum = 0;
      for (let e = firsts[from + i]!; e < end; e++) {
        const id = edges[e]!;
        const rest = probabilities[id]! * backward[i + lengths[id]!]!;
        sum += rest;
        expected[id]! += reach * rest;
      }
      backward[i] = sum;
    }
  }

  /** The same in logarithms, for words whose probability would be too small a number. */
  #addExpectedLog(from: number, to: number, count: number, expected: Float64Array): void {
    const n = to - from;
    this.#reserve(n + 1);
    const { lengths, scores } = this.#pieces;
    const edges = this.#edges;
    const firsts = this.#firsts;
    const forward = this.#forward.fill(Number.NEGATIVE_INFINITY, 0, n + 1);
    const backward = this.#backward.fill(Number.NEGATIVE_INFINITY, 0, n + 1);
    forward[0] = 0;
    backward[n] = 0;
    for (let i = 0; i < n; i++) {
      const end = firsts[from + i + 1]!;
      for (let e = firsts[from + i]!; e < end; e++) {
        const j = i + lengths[edges[e]!]!;
        forward[j] = logSum(forward[j]!, forward[i]! + scores[edges[e]!]!);
      }
    }
    for (let i = n - 1; i >= 0; i--) {
      const end = firsts[from + i + 1]!;
      for (let e = firsts[from + i]!; e < end; e++) {
        const id = edges[e]!;
        const rest = backward[i + lengths[id]!]! + scores[id]!;
        backward[i] = logSum(backward[i]!, rest);
        expected[id]! += count * Math.exp(forward[i]! + rest - forward[n]!);
      }
    }
  }

  /** Calls `visit` for each piece of the best cut of a word, from its end. */
  best(word: number, visit: (piece: number) => void): void {
    const { starts } = this.#corpus;
    this.#bestCut(starts[word]!, starts[word + 1]! - 1, -1, visit);
  }

  /** Pieces that would stand for a piece if it were gone; none when it is not its own best cut, or has no other. */
  alternatives(piece: number): number[] {
    const { starts, lengths, scores } = this.#pieces;
    const from = starts[piece]!;
    const pieces: number[] = [];
    if (lengths[piece] === 1) return pieces;
    const score = this.#bestCut(from, from + lengths[piece]!, piece, (other) => pieces.push(other));
    return score > scores[piece]! ? [] : pieces.reverse();
  }

  #bestCut(from: number, to: number, without: number, visit: (piece: number) => void): number {
    const n = to - from;
    this.#reserve(n + 1);
    const { lengths, scores } = this.#pieces;
    const edges = this.#edges;
    const best = this.#best.fill(Number.NEGATIVE_INFINITY, 0, n + 1);
    const by = this.#by;
    best[0] = 0;
    for (let i = 0; i < n; i++) {
      const end = this.#firsts[from + i + 1]!;
      for (let e = this.#firsts[from + i]!; e < end; e++) {
        const id = edges[e]!;
        const j = i + lengths[id]!;
        if (j > n) break;
        const score = best[i]! + scores[id]!;
        // Of equals the first stays: the one that ends in the longest piece.
        if (score <= best[j]! || id === without) continue;
        best[j] = score;
        by[j] = id;
      }
    }
    for (let j = n; j > 0; j -= lengths[by[j]!]!) visit(by[j]!);
    return best[n]!;
  }

  #reserve(length: number): void {
    if (length <= this.#forward.length) return;
    this.#forward = grown(this.#forward, length * 2);
    this.#backward = grown(this.#backward, length * 2);
    this.#best = grown(this.#best, length * 2);
    this.#by = grown(this.#by, length * 2);
  }
}

function logSum(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY) return b;
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}

/** Finds the pieces that begin at each position, by a table of all prefixes of pieces. */
async function findEdges(
  text: Int32Array,
  pieces: Pieces,
  alphabetSize: number,
  firsts: Uint32Array,
  pause: () => Promise<void>,
): Promise<Int32Array> {
  const prefixes = new PrefixTable(text, pieces, alphabetSize);
  let edges = new Int32Array(text.length * 3);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    firsts[i] = count;
    if (i % POSITIONS_PER_PAUSE === 0) await pause();
    let node = 0;
    for (let j = i; text[j] !== BOUNDARY; j++) {
      node = prefixes.child(node, text[j]!);
      if (node < 0) break;
      const piece = prefixes.piece(node);
      if (piece < 0) continue;
      if (count === edges.length) edges = grown(edges, Math.ceil(count * 1.4) + 1);
      edges[count++] = piece;
    }
  }
  firsts[text.length] = count;
  return edges;
}

/** Prefixes of pieces as nodes: a hash table from a node and a symbol to the next node. */
class PrefixTable {
  readonly #alphabetSize: number;
  #keys = new Float64Array(1 << 16);
  /** Node plus one, 0 when free. */
  #nodes = new Int32Array(1 << 16);
  #pieces = new Int32Array(1 << 15).fill(-1);
  #size = 1;

  constructor(text: Int32Array, pieces: Pieces, alphabetSize: number) {
    this.#alphabetSize = alphabetSize;
    for (let id = 1; id < pieces.size; id++) {
      let node = 0;
      const end = pieces.starts[id]! + pieces.lengths[id]!;
      for (let i = pieces.starts[id]!; i < end; i++) node = this.#add(node, text[i]!);
      this.#pieces[node] = id;
    }
  }

  /** The next node, -1 when no piece goes on so. */
  child(node: number, symbol: number): number {
    return this.#nodes[this.#slot(node * this.#alphabetSize + symbol)]! - 1;
  }

  /** The piece that ends at a node, -1 when none does. */
  piece(node: number): number {
    return this.#pieces[node]!;
  }

  #slot(key: number): number {
    const mask = this.#nodes.length - 1;
    let slot = Math.imul(key % 0x1_0000_0000, 0x9e3779b1) ^ (key / 0x1_0000_0000);
    slot = (slot ^ (slot >>> 15)) & mask;
    while (this.#nodes[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #add(node: number, symbol: number): number {
    const key = node * this.#alphabetSize + symbol;
    const slot = this.#slot(key);
    if (this.#nodes[slot] !== 0) return this.#nodes[slot]! - 1;
    const next = this.#size++;
    this.#keys[slot] = key;
    this.#nodes[slot] = next + 1;
    if (next === this.#pieces.length) this.#pieces = grown(this.#pieces, next * 2).fill(-1, next);
    if (this.#size * 2 > this.#nodes.length) this.#rehash();
    return next;
  }

  #rehash(): void {
    const keys = this.#keys;
    const nodes = this.#nodes;
    this.#keys = new Float64Array(keys.length * 2);
    this.#nodes = new Int32Array(nodes.length * 2);
    nodes.forEach((node, i) => {
      if (node === 0) return;
      const slot = this.#slot(keys[i]!);
      this.#keys[slot] = keys[i]!;
      this.#nodes[slot] = node;
    });
  }
}
