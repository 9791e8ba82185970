/** Text of tokens as they come: what is given out is never taken back, and no character comes in halves. */
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

/** A character has at most four bytes, and so as many tokens; what is longer without one is no text. */
const LONGEST_WAIT = 64;

/** Pieces of text whose sequence is the text of all tokens. */
export interface Detokenizer {
  /** The text that this token completes, often one word, sometimes nothing. */
  add(token: number): string;
  /** What was held back: half a character comes as U+FFFD. */
  finish(): string;
}

/**
 * Decodes a few tokens again with each new one. The first tokens of the text, its `anchor`, go before them, as decoders
 * treat the beginning of a text in their own way.
 */
export function detokenizer(tokenizer: Pick<Tokenizer, "decode">): Detokenizer {
  const decode = (tokens: readonly number[]) => tokenizer.decode(tokens, { skipSpecialTokens: false });
  let anchor: { tokens: readonly number[]; length: number } | undefined;
  let window: number[] = [];
  let given = 0;

  const give = (text: string): string => {
    const segment = text.slice(given);
    given = Math.max(given, text.length);
    return segment;
  };
  const restart = () => {
    window = [...(anchor?.tokens ?? [])];
    given = anchor?.length ?? 0;
  };
  return {
    add(token) {
      window.push(token);
      const text = decode(window);
      const isWhole = !text.endsWith("\ufffd");
      if (!isWhole && window.length <= LONGEST_WAIT) return give(text.replace(/\ufffd+$/, ""));
      const segment = give(text);
      if (isWhole) anchor ??= { tokens: window, length: text.length };
      restart();
      return segment;
    },
    finish() {
      const segment = give(decode(window));
      restart();
      return segment;
    },
  };
}
