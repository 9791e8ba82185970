/** Token counts of any span of one text, from a single tokenisation. */
import type { TokenCounter } from "../../../core/ports.ts";
import { countWhile } from "./binary-search.ts";
import { isSpace, isWordGap } from "./characters.ts";

export interface TokenMap {
  /** Tokens that start before `offset`. */
  before(offset: number): number;
  /** Offset at which token `index` starts, or the text's length past the last one. */
  startOf(index: number): number;
  /** The earliest offset from which no more than `count` tokens start before `offset`. */
  backBy(offset: number, count: number): number;
  /** Tokens of the span, as the tokenizer counts them on the span alone. */
  count(start: number, end: number): number;
}

/**
 * Between cuts that every tokenizer respects the count is a difference of two positions. A cut inside a word, or at a
 * place where a token crosses it, makes other tokens of the pieces: only then is the span tokenised again.
 */
export function mapTokens(text: string, tokens: TokenCounter): TokenMap {
  const starts = tokens.tokenStarts(text);

  const before = (offset: number): number => countWhile(starts.length, (index) => starts[index]! < offset);

  const isClean = (offset: number): boolean => {
    if (offset <= 0 || offset >= text.length) return true;
    const last = text.charCodeAt(offset - 1);
    if (!isWordGap(last)) return isWordGap(text.charCodeAt(offset)) && !isSpace(last);
    // Some tokenizers begin a word's token at the space before it: then the cut takes the space away from it.
    const previous = before(offset) - 1;
    return previous < 0 || !isSpace(text.charCodeAt(starts[previous]!));
  };

  return {
    before,
    startOf: (index) => (index < starts.length ? starts[index]! : text.length),
    backBy(offset, count) {
      const index = before(offset) - count;
      if (index <= 0) return 0;
      // Several tokens can start at one character, when the tokenizer takes it apart.
      return before(starts[index]!) < index ? starts[index]! + 1 : starts[index]!;
    },
    count(start, end) {
      if (isClean(start) && isClean(end)) return before(end) - before(start);
      return tokens.count(text.slice(start, end));
    },
  };
}
