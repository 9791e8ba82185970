/** Tokens that are cut out of the text before anything else sees it, such as `[MASK]`. */

import { unicode, WHITESPACE } from "./unicode.ts";
import { classes, WORD } from "./unicode-classes.ts";

export interface AddedToken {
  id: number;
  content: string;
  /** Take the whitespace on that side as well. */
  lstrip: boolean;
  rstrip: boolean;
  /** Only where no letter, digit or mark stands beside it. */
  single_word?: boolean;
}

/** An added token's place in a text, UTF-16 code units, end exclusive. */
export interface AddedMatch {
  id: number;
  start: number;
  end: number;
}

const NONE: readonly AddedMatch[] = [];

export class AddedTokens {
  readonly #byContent: Map<string, AddedToken>;
  readonly #pattern: RegExp | undefined;

  constructor(tokens: readonly AddedToken[]) {
    this.#byContent = new Map(tokens.filter(({ content }) => content !== "").map((token) => [token.content, token]));
    this.#pattern = this.#byContent.size ? new RegExp(alternation([...this.#byContent.keys()]), "g") : undefined;
  }

  /** Places from left to right; they do not overlap. */
  matches(text: string): Iterable<AddedMatch> {
    if (!this.#pattern) return NONE;
    return text.search(this.#pattern) < 0 ? NONE : this.#found(text);
  }

  *#found(text: string): Generator<AddedMatch> {
    const { properties } = unicode();
    const isSpace = (i: number) => (properties[text.charCodeAt(i)]! & WHITESPACE) !== 0;
    let taken = 0;
    for (const match of text.matchAll(this.#pattern!)) {
      const token = this.#byContent.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      if (token.single_word && touchesWord(text, start, end)) continue;
      if (token.lstrip) while (start > taken && isSpace(start - 1)) start--;
      if (token.rstrip) while (end < text.length && isSpace(end)) end++;
      yield { id: token.id, start, end };
      taken = end;
    }
  }
}

function touchesWord(text: string, start: number, end: number): boolean {
  const table = classes();
  const before = start > 1 && (text.charCodeAt(start - 1) & 0xfc00) === 0xdc00 ? start - 2 : start - 1;
  return (
    (start > 0 && (table[text.codePointAt(before)!]! & WORD) !== 0) ||
    (end < text.length && (table[text.codePointAt(end)!]! & WORD) !== 0)
  );
}

/** A pattern for any of the words, the longest first; common beginnings are written once, since there may be hundreds. */
function alternation(words: readonly string[]): string {
  const groups = Map.groupBy(
    words.filter((word) => word !== ""),
    (word) => word[0]!,
  );
  const branches = [...groups].map(([unit, group]) => {
    return RegExp.escape(unit) + alternation(group.map((word) => word.slice(1)));
  });
  if (branches.length === 0) return "";
  const optional = words.includes("") ? "?" : "";
  return branches.length === 1 && !optional ? branches[0]! : `(?:${branches.join("|")})${optional}`;
}
