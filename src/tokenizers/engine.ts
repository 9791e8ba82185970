/** The part of a tokenizer that turns a text into tokens; everything around it is the same for all. */
import type { IdBuffer } from "./id-buffer.ts";
import type { TokenBuffer } from "./token-buffer.ts";

export interface Engine {
  /** Appends the ids of a text. */
  encodeInto(text: string, out: IdBuffer): void;
  /** Appends tokens with their spans; stops soon after `enough` of them. `text` is well formed. */
  tokens(text: string, out: TokenBuffer, enough: number): void;
}
