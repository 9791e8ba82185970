/** WordPiece for any pre-tokenizer; BERT's own goes through `BertEngine`. */
import type { Model, Pieces } from "./model.ts";
import { WordPiece, type WordPieceOptions } from "./wordpiece.ts";

export class WordPieceModel implements Model {
  readonly kind = "WordPiece";
  readonly vocab: ReadonlyMap<string, number>;
  readonly #wordPiece: WordPiece;

  constructor(options: WordPieceOptions) {
    this.vocab = new Map(Object.entries(options.vocab));
    this.#wordPiece = new WordPiece(options);
  }

  split(piece: string, out: Pieces): void {
    const { maxCharsPerWord, unkId } = this.#wordPiece;
    const parts = isLonger(piece, maxCharsPerWord) ? [unkId, 0, piece.length] : this.#wordPiece.split(piece);
    for (let k = 0; k < parts.length; k += 3) out.push(parts[k]!, parts[k + 1]!, parts[k + 2]!);
  }
}

/** Whether a text has more code points than a limit. */
function isLonger(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  let count = 0;
  for (const _ of text) if (++count > limit) return true;
  return false;
}
