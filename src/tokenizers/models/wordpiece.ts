/** WordPiece: a word becomes the longest pieces of the vocabulary, from left to right. */

export interface WordPieceOptions {
  vocab: Readonly<Record<string, number>>;
  unkToken: string;
  /** What marks a piece that continues a word, `##` in BERT. */
  continuingPrefix: string;
  /** A word of more code points is unknown as a whole. */
  maxCharsPerWord: number;
}

/** Pieces of one word: `id, start, end` in turn, positions in UTF-16 code units of the word. */
export type Pieces = number[];

export class WordPiece {
  readonly unkId: number;
  readonly maxCharsPerWord: number;
  readonly #first = new Map<string, number>();
  readonly #rest = new Map<string, number>();
  #longest = 0;

  constructor(options: WordPieceOptions) {
    const prefix = options.continuingPrefix;
    for (const [piece, id] of Object.entries(options.vocab)) {
      this.#first.set(piece, id);
      this.#longest = Math.max(this.#longest, piece.length);
      if (piece.startsWith(prefix)) this.#rest.set(piece.slice(prefix.length), id);
    }
    this.unkId = options.vocab[options.unkToken]!;
    this.maxCharsPerWord = options.maxCharsPerWord;
  }

  /** `word` is not empty, normalized, and within `maxCharsPerWord`. */
  split(word: string): Pieces {
    const pieces: Pieces = [];
    let start = 0;
    while (start < word.length) {
      const known = start === 0 ? this.#first : this.#rest;
      let end = Math.min(word.length, start + this.#longest);
      let id = known.get(word.slice(start, end));
      while (id === undefined && end > start + 1) {
        end -= isLowSurrogate(word.charCodeAt(end - 1)) ? 2 : 1;
        if (end > start) id = known.get(word.slice(start, end));
      }
      if (id === undefined) return [this.unkId, 0, word.length];
      pieces.push(id, start, end);
      start = end;
    }
    return pieces;
  }
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}
