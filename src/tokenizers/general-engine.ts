/** The general way, for any combination of parts: strings, a cache from pieces to tokens, spans where they are asked for. */
import type { AddedTokens } from "./added-tokens.ts";
import { toByteCharacters } from "./byte-alphabet.ts";
import type { Engine } from "./engine.ts";
import type { IdBuffer } from "./id-buffer.ts";
import { type Model, Pieces } from "./models/model.ts";
import type { PreTokenizer } from "./pre-tokenizers/pre-tokenizer.ts";
import { type Sourced, type Step, sliceOf, sourced } from "./sourced.ts";
import type { TokenBuffer } from "./token-buffer.ts";

export interface GeneralParts {
  /** Tokens that are looked for before and after normalization. */
  added: AddedTokens;
  addedNormalized: AddedTokens;
  normalizer: Step | undefined;
  preTokenizer: PreTokenizer;
  /** The same without its last step, which turned pieces into bytes: that is left to those that were never met. */
  lateBytes?: PreTokenizer | undefined;
  model: Model;
  /** Spans leave out the spaces at a token's ends. */
  trimOffsets: boolean;
}

/** Pieces up to this many code units are remembered; longer ones hardly come twice. */
const CACHED_LENGTH = 64;
const CACHE_ENTRIES = 131_072;
const BLANK = 0x20;

export class GeneralEngine implements Engine {
  readonly #parts: GeneralParts;
  /** Per piece: its ids; and id, start and end of each token, for those who ask for spans. */
  readonly #ids = new Map<string, Uint32Array>();
  readonly #tokens = new Map<string, Uint32Array>();
  readonly #pieces = new Pieces();

  constructor(parts: GeneralParts) {
    this.#parts = parts;
  }

  encodeInto(text: string, out: IdBuffer): void {
    this.#each(
      text.toWellFormed(),
      false,
      (id) => out.push(id),
      (piece) => this.#idsOf(piece.text, out),
    );
  }

  #idsOf(piece: string, out: IdBuffer): void {
    const known = piece.length <= CACHED_LENGTH ? this.#ids.get(piece) : undefined;
    if (known) {
      for (let k = 0; k < known.length; k++) out.push(known[k]!);
      return;
    }
    const pieces = this.#pieces;
    pieces.clear();
    const { model, lateBytes } = this.#parts;
    model.split(lateBytes ? toByteCharacters(piece) : piece, pieces, false);
    const ids = Uint32Array.from(pieces.ids.subarray(0, pieces.count));
    remember(this.#ids, piece, ids);
    out.append(ids);
  }

  tokens(text: string, out: TokenBuffer, enough: number): void {
    this.#each(
      text,
      true,
      (id, start, end) => out.push(id, start, end),
      (piece) => {
        const { ids, starts, ends, count } = this.#split(piece.text);
        const from = piece.origins!;
        for (let k = 0; k < count && out.length < enough; k++) {
          const start = from.starts[starts[k]!]!;
          this.#push(text, ids[k]!, start, Math.max(start, from.ends[ends[k]! - 1]!), out);
        }
      },
    );
  }

  #push(text: string, id: number, start: number, end: number, out: TokenBuffer): void {
    if (this.#parts.trimOffsets) {
      while (start < end && text.charCodeAt(start) === BLANK) start++;
      while (end > start && text.charCodeAt(end - 1) === BLANK) end--;
    }
    out.push(id, start, end);
  }

  /** Calls back for each added token and each piece of the text, in order. */
  #each(
    text: string,
    tracked: boolean,
    token: (id: number, start: number, end: number) => void,
    piece: (piece: Sourced) => void,
  ): void {
    const { added, normalizer, preTokenizer, lateBytes } = this.#parts;
    const words = tracked ? preTokenizer : (lateBytes ?? preTokenizer);
    const between = (start: number, end: number) => {
      if (start === end) return;
      const raw = sourced(text, start, end, tracked);
      this.#normalized(normalizer ? normalizer(raw) : raw, token, (part) => words(part, piece));
    };
    let at = 0;
    for (const { id, start, end } of added.matches(text)) {
      between(at, start);
      token(id, start, end);
      at = end;
    }
    between(at, text.length);
  }

  #normalized(
    input: Sourced,
    token: (id: number, start: number, end: number) => void,
    rest: (part: Sourced) => void,
  ): void {
    let at = 0;
    for (const { id, start, end } of this.#parts.addedNormalized.matches(input.text)) {
      if (start > at) rest(sliceOf(input, at, start));
      token(id, input.origins?.starts[start] ?? 0, input.origins?.ends[end - 1] ?? 0);
      at = end;
    }
    if (at < input.text.length) rest(at === 0 ? input : sliceOf(input, at, input.text.length));
  }

  #split(piece: string): Pieces {
    const pieces = this.#pieces;
    pieces.clear();
    const known = piece.length <= CACHED_LENGTH ? this.#tokens.get(piece) : undefined;
    if (known) {
      for (let k = 0; k < known.length; k += 3) pieces.push(known[k]!, known[k + 1]!, known[k + 2]!);
      return pieces;
    }
    this.#parts.model.split(piece, pieces, true);
    const { ids, starts, ends, count } = pieces;
    const packed = new Uint32Array(count * 3);
    for (let k = 0; k < count; k++) packed.set([ids[k]!, starts[k]!, ends[k]!], k * 3);
    remember(this.#tokens, piece, packed);
    return pieces;
  }
}

function remember(cache: Map<string, Uint32Array>, piece: string, tokens: Uint32Array): void {
  if (piece.length > CACHED_LENGTH) return;
  if (cache.size >= CACHE_ENTRIES) cache.clear();
  // A slice shares the memory of its text: without a copy one piece would hold a whole document.
  cache.set(Buffer.from(piece, "utf16le").toString("utf16le"), tokens);
}
