/** What every tokenizer offers: ids for a model, and token positions for whoever sizes chunks. */
import type { TokenCounter } from "../core/ports.ts";

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

export interface Tokenizer extends TokenCounter {
  /** Synchronous and exact; a lone surrogate counts as U+FFFD. Padding is left to whoever makes batches. */
  encode(text: string, options?: EncodeOptions): Encoding;
}
