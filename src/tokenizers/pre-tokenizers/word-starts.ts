/** Cuts a text before each word for models that see it whole, where no token reaches across: pieces that come again. */
import { type PreTokenizer, splitter } from "./pre-tokenizer.ts";

/**
 * Cuts where the symbol for a space follows another character; undefined when a token goes across such a place, since
 * then the pieces would not have the tokens of the whole.
 */
export function wordStarts(tokens: Iterable<string>, space: string): PreTokenizer | undefined {
  for (const token of tokens) {
    for (let at = token.indexOf(space, 1); at > 0; at = token.indexOf(space, at + 1)) {
      if (token[at - 1] !== space) return undefined;
    }
  }
  return splitter(new RegExp(`${space}*[^${space}]+`, "g"), "Isolated");
}
