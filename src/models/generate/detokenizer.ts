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
 * Decodes a few tokens again with each new one. An `anchor`, a token whose text stands for itself, goes before them, as
 * decoders treat the first token of a text in their own way.
 */
export function detokenizer(tokenizer: Pick<Tokenizer, "decode">): Detokenizer {
  const decode = (tokens: readonly number[]) => tokenizer.decode(tokens, { skipSpecialTokens: false });
  let window: number[] = [];
  let given = 0;
  let anchor: { token: number; length: number } | undefined;

  const give = (text: string): string => {
    const segment = text.slice(given);
    given = Math.max(given, text.length);
    return segment;
  };
  const restart = () => {
    window = anchor ? [anchor.token] : [];
    given = anchor?.length ?? 0;
  };
  return {
    add(token) {
      window.push(token);
      const text = decode(window);
      const own = decode([token]);
      if (own !== "" && !own.includes("\ufffd")) anchor = { token, length: own.length };
      const isWhole = !text.endsWith("\ufffd");
      const segment = give(isWhole || window.length > LONGEST_WAIT ? text : text.replace(/\ufffd+$/, ""));
      if ((isWhole && anchor) || window.length > LONGEST_WAIT) restart();
      return segment;
    },
    finish() {
      const segment = give(decode(window));
      restart();
      return segment;
    },
  };
}
