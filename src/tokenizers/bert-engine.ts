/**
 * The BERT family, in one pass: added tokens, BERT's normalizer, WordPiece. Ids and spans equal those of the Rust
 * `tokenizers` library. Tokenizers are our own because that library's binding for JavaScript is asynchronous only, and
 * chunkers ask for positions in the middle of their work.
 */
import { assert } from "../core/errors.ts";
import type { AddedTokens } from "./added-tokens.ts";
import { ALONE, type BertNormalizer, COMPLEX, SPACE } from "./bert-normalizer.ts";
import type { Engine } from "./engine.ts";
import type { IdBuffer } from "./id-buffer.ts";
import type { Pieces, WordPiece } from "./models/wordpiece.ts";
import { TokenBuffer } from "./token-buffer.ts";

export interface BertEngineParts {
  added: AddedTokens;
  normalizer: BertNormalizer;
  model: WordPiece;
}

/** Stretches up to this many code units are remembered; longer ones hardly come twice. */
const CACHED_LENGTH = 48;
const CACHE_ENTRIES = 32_768;
const CODE_POINTS = 0x110000;

export class BertEngine implements Engine {
  readonly #parts: BertEngineParts;
  readonly #cache = new Map<string, Pieces>();
  /** Per code point that stands alone: its id plus one, 0 when it was not looked up yet. */
  readonly #alone = new Uint32Array(CODE_POINTS);
  readonly #found = new TokenBuffer();

  constructor(parts: BertEngineParts) {
    this.#parts = parts;
  }

  encodeInto(text: string, out: IdBuffer): void {
    const found = this.#found;
    found.clear();
    this.tokens(text.toWellFormed(), found, Number.POSITIVE_INFINITY);
    out.append(found.view());
  }

  tokens(text: string, out: TokenBuffer, enough: number): void {
    let at = 0;
    for (const { id, start, end } of this.#parts.added.matches(text)) {
      this.#between(text, at, start, out, enough);
      if (out.length >= enough) return;
      out.push(id, start, end);
      at = end;
    }
    this.#between(text, at, text.length, out, enough);
  }

  /** Cuts `text[from, to)` into stretches that can be looked at one by one. */
  #between(text: string, from: number, to: number, out: TokenBuffer, enough: number): void {
    const { kinds } = this.#parts.normalizer;
    const kindAt = (i: number) => {
      const unit = text.charCodeAt(i);
      return (unit & 0xfc00) === 0xd800 ? kinds[text.codePointAt(i)!]! : kinds[unit]!;
    };
    const width = (i: number) => ((text.charCodeAt(i) & 0xfc00) === 0xd800 ? 2 : 1);
    let i = from;
    while (i < to && out.length < enough) {
      const start = i;
      const kind = kindAt(i);
      i += width(i);
      if (kind === SPACE) continue;
      if (kind === ALONE) {
        out.push(this.#aloneId(text.codePointAt(start)!), start, i);
        continue;
      }
      let complex = kind === COMPLEX;
      for (; i < to; i += width(i)) {
        const next = kindAt(i);
        if (next === SPACE || next === ALONE) break;
        if (next === COMPLEX) complex = true;
      }
      this.#stretch(text, start, i, complex, out);
    }
  }

  /** Punctuation marks and ideographs are one token each. */
  #aloneId(code: number): number {
    const known = this.#alone[code]!;
    if (known > 0) return known - 1;
    const [id, , , ...more] = this.#complex(String.fromCodePoint(code));
    assert(id !== undefined && more.length === 0, `U+${code.toString(16)} is one token`);
    this.#alone[code] = id + 1;
    return id;
  }

  #stretch(text: string, start: number, end: number, complex: boolean, out: TokenBuffer): void {
    const { model } = this.#parts;
    if (!complex && end - start > model.maxCharsPerWord) {
      out.push(model.unkId, start, end);
      return;
    }
    const stretch = text.slice(start, end);
    let pieces = this.#cache.get(stretch);
    if (!pieces) {
      pieces = complex ? this.#complex(stretch) : model.split(this.#parts.normalizer.plain(stretch));
      if (stretch.length <= CACHED_LENGTH) this.#remember(stretch, pieces);
    }
    for (let k = 0; k < pieces.length; k += 3) out.push(pieces[k]!, start + pieces[k + 1]!, start + pieces[k + 2]!);
  }

  #complex(stretch: string): Pieces {
    const { normalizer, model } = this.#parts;
    const pieces: Pieces = [];
    for (const word of normalizer.words(stretch)) {
      if (word.tooLong) {
        pieces.push(model.unkId, word.start, word.end);
        continue;
      }
      const parts = model.split(word.text);
      for (let k = 0; k < parts.length; k += 3) {
        pieces.push(parts[k]!, word.starts[parts[k + 1]!]!, word.ends[parts[k + 2]! - 1]!);
      }
    }
    return pieces;
  }

  #remember(stretch: string, pieces: Pieces): void {
    if (this.#cache.size >= CACHE_ENTRIES) this.#cache.clear();
    // A slice shares the memory of its text: without a copy one word would hold a whole document.
    this.#cache.set(Buffer.from(stretch, "utf16le").toString("utf16le"), pieces);
  }
}
