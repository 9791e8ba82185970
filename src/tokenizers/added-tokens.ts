/** Tokens that are cut out of the text before anything else sees it, such as `[MASK]`. */
import { unicode, WHITESPACE } from "./unicode.ts";

export interface AddedToken {
  id: number;
  content: string;
  /** Take the whitespace on that side as well. */
  lstrip: boolean;
  rstrip: boolean;
}

/** An added token's place in a text, UTF-16 code units, end exclusive. */
export interface AddedMatch {
  id: number;
  start: number;
  end: number;
}

export class AddedTokens {
  readonly #byContent: Map<string, AddedToken>;
  readonly #pattern: RegExp | undefined;

  constructor(tokens: readonly AddedToken[]) {
    this.#byContent = new Map(tokens.map((token) => [token.content, token]));
    // An alternation takes its first match, so the longest come first: leftmost, longest.
    const contents = [...this.#byContent.keys()]
      .filter((content) => content !== "")
      .sort((a, b) => b.length - a.length);
    this.#pattern = contents.length
      ? new RegExp(contents.map((content) => RegExp.escape(content)).join("|"), "g")
      : undefined;
  }

  *matches(text: string): Generator<AddedMatch> {
    if (!this.#pattern) return;
    const { properties } = unicode();
    const isSpace = (i: number) => (properties[text.charCodeAt(i)]! & WHITESPACE) !== 0;
    let taken = 0;
    for (const match of text.matchAll(this.#pattern)) {
      const token = this.#byContent.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      if (token.lstrip) while (start > taken && isSpace(start - 1)) start--;
      if (token.rstrip) while (end < text.length && isSpace(end)) end++;
      yield { id: token.id, start, end };
      taken = end;
    }
  }
}
