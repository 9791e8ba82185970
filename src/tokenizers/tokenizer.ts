/** What every tokenizer offers: ids for a model, text back from ids, and token positions for whoever sizes chunks. */
import type { TokenCounter } from "../core/ports.ts";
import type { IdBuffer } from "./id-buffer.ts";
import type { PairTemplate } from "./pair.ts";

export interface EncodeOptions {
  /** Limit on the ids of the result, special tokens counted; what is over it is cut from the end. Default: none. */
  maxTokens?: number | undefined;
  /** Put the model's own tokens around the text. Default: true. */
  specialTokens?: boolean | undefined;
}

export interface Encoding {
  ids: Uint32Array;
  /** Span of each token in the text, UTF-16 code units, end exclusive; `0, 0` for tokens that the template adds. */
  starts: Uint32Array;
  ends: Uint32Array;
  /** 1 for tokens that the template adds. */
  special: Uint8Array;
  /** The text had more tokens than `maxTokens` allows. */
  truncated: boolean;
}

export interface DecodeOptions {
  /** Leave out tokens that the tokenizer's file marks as special. Default: true. */
  skipSpecialTokens?: boolean | undefined;
}

/** Kinds of models that pieces of text are split by. */
export type ModelKind = "BPE" | "WordPiece" | "Unigram";

/** Ids of the tokens with a role of their own; a tokenizer has those that its files name. */
export interface SpecialTokens {
  pad?: number;
  unk?: number;
  bos?: number;
  eos?: number;
  sep?: number;
  cls?: number;
  mask?: number;
}

export interface Tokenizer extends TokenCounter {
  readonly model: ModelKind;
  /** Highest id plus one, added tokens included. */
  readonly vocabSize: number;
  readonly special: Readonly<SpecialTokens>;
  /** SHA-256 (hex) of the file that it was read from. */
  readonly sha256: string;
  /** How two texts are joined; `joinPair` does it. */
  readonly pair: PairTemplate;
  /** Synchronous and exact; a lone surrogate counts as U+FFFD. Padding is left to whoever makes batches. */
  encode(text: string, options?: EncodeOptions): Encoding;
  /** Appends the ids of the text alone, without the tokens of the template: the fast way, nothing made per token. */
  encodeInto(text: string, out: IdBuffer): void;
  /** The text of ids; an id that no token has is left out. */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
}
