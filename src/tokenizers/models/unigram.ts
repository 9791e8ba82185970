/** Unigram: the pieces with the highest sum of scores, found from left to right (Viterbi). */
import { MdpError } from "../../core/errors.ts";
import { byteTokens } from "./bpe.ts";
import type { Model, Pieces } from "./model.ts";
import { Trie } from "./trie.ts";

/** How SentencePiece itself differs from the Rust library. */
export interface SentencePieceRules {
  /** Which pieces are found in text: not control tokens and the like, and not those that are switched off. */
  usable(id: number): boolean;
  /** Pieces that users defined are always taken: their score. */
  scoreOf(id: number): number | undefined;
  /** Score of an unknown character. */
  unknownScore: number;
}

export interface UnigramOptions {
  /** Pieces with their scores, by id. */
  pieces: readonly (readonly [piece: string, score: number])[];
  unkId: number | undefined;
  byteFallback: boolean;
  /** Sums are rounded to 32 bits, as SentencePiece does. */
  sentencePiece?: SentencePieceRules;
}

/** An unknown character is that much worse than the worst piece. */
const UNKNOWN_PENALTY = 10;

const encoder = new TextEncoder();

export class Unigram implements Model {
  readonly kind = "Unigram";
  readonly vocab: ReadonlyMap<string, number>;
  readonly #options: UnigramOptions;
  readonly #trie: Trie;
  readonly #scores: Float64Array;
  readonly #unknownScore: number;
  readonly #byteIds: Int32Array;
  /** Of the best way to each place: its score, where its last piece starts (-1: no way yet), and that piece's id. */
  #best: Float64Array | Float32Array;
  #starts = new Int32Array(256);
  #ids = new Int32Array(256);

  constructor(options: UnigramOptions) {
    this.#options = options;
    this.vocab = new Map(options.pieces.map(([piece], id) => [piece, id]));
    const rules = options.sentencePiece;
    this.#trie = new Trie(rules ? [...this.vocab].filter(([, id]) => rules.usable(id)) : this.vocab);
    this.#scores = Float64Array.from(options.pieces, ([, score], id) => rules?.scoreOf(id) ?? score);
    const worst = this.#scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    this.#unknownScore = rules?.unknownScore ?? worst - UNKNOWN_PENALTY;
    this.#best = rules ? new Float32Array(256) : new Float64Array(256);
    this.#byteIds = byteTokens(this.vocab);
  }

  split(piece: string, out: Pieces): void {
    this.#search(piece);
    const cuts = this.#path(piece.length);
    for (let k = cuts.length - 1; k > 0; k--) this.#emit(piece, cuts[k]!, cuts[k - 1]!, out);
  }

  #search(piece: string): void {
    const size = piece.length;
    if (this.#best.length <= size) {
      this.#best = this.#options.sentencePiece ? new Float32Array(size * 2) : new Float64Array(size * 2);
      this.#starts = new Int32Array(size * 2);
      this.#ids = new Int32Array(size * 2);
    }
    this.#starts.fill(-1, 0, size + 1);
    this.#best[0] = 0;
    for (let at = 0; at < size; ) {
      const width = piece.codePointAt(at)! > 0xffff ? 2 : 1;
      if (!this.#pieces(piece, at, width)) this.#offer(at, at + width, this.#unknownScore, this.#unkId());
      at += width;
    }
  }

  /** Offers all pieces that begin at a place; whether one of them is a single character. */
  #pieces(piece: string, at: number, width: number): boolean {
    const trie = this.#trie;
    let single = false;
    let node = 0;
    for (let end = at; end < piece.length; ) {
      node = trie.child(node, piece.charCodeAt(end++));
      if (node < 0) break;
      const id = trie.value(node);
      if (id < 0) continue;
      this.#offer(at, end, this.#scores[id]!, id);
      if (end - at === width) single = true;
    }
    return single;
  }

  #offer(start: number, end: number, score: number, id: number): void {
    const exact = score + this.#best[start]!;
    const sum = this.#options.sentencePiece ? Math.fround(exact) : exact;
    if (this.#starts[end]! >= 0 && sum <= this.#best[end]!) return;
    this.#best[end] = sum;
    this.#starts[end] = start;
    this.#ids[end] = id;
  }

  /** Where the best pieces end, from the last to the first, and 0; neighbouring unknown ones are one. */
  #path(size: number): number[] {
    const cuts = [size];
    for (let end = size; end > 0; ) {
      let start = this.#starts[end]!;
      if (this.#ids[end] === this.#options.unkId) {
        while (start > 0 && this.#ids[start] === this.#options.unkId) start = this.#starts[start]!;
      }
      cuts.push(start);
      end = start;
    }
    return cuts;
  }

  #emit(piece: string, start: number, end: number, out: Pieces): void {
    // An id that is not unknown is that of the text; fused unknown ones may be a piece by chance.
    const known = this.#ids[end] === this.#options.unkId ? this.vocab.get(piece.slice(start, end)) : this.#ids[end];
    const bytes = known === undefined && this.#options.byteFallback ? encoder.encode(piece.slice(start, end)) : [];
    if (bytes.length === 0 || bytes.some((byte) => this.#byteIds[byte]! < 0))
      out.push(known ?? this.#unkId(), start, end);
    else for (const byte of bytes) out.push(this.#byteIds[byte]!, start, end);
  }

  #unkId(): number {
    const { unkId } = this.#options;
    if (unkId !== undefined) return unkId;
    throw new MdpError({
      code: "tokenizer-no-unknown",
      message: "the text has a character that the tokenizer does not know, and it has no token for unknown ones",
      hint: "set model.unk_id in tokenizer.json, or take another tokenizer",
    });
  }
}
