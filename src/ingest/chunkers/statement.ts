/** SQL statements: one chunk each, however long, so that a statement is one row and one vector; a model reads its beginning. */
import type { Chunker } from "./chunker.ts";
import { skipSpace, trimEnd } from "./shared/characters.ts";
import { positionsOf } from "./shared/positions.ts";

const statement: Chunker = {
  name: "statement",
  *chunk(document, { tokens }) {
    const { text } = document;
    const first = skipSpace(text, 0, text.length);
    const last = trimEnd(text, first, text.length);
    const count = tokens.count(text);
    if (first >= last || count === 0) return;
    const positionAt = positionsOf(document);
    const begins = positionAt(first);
    yield {
      start: 0,
      end: text.length,
      text,
      headings: [],
      tokens: count,
      startLine: begins.line,
      endLine: positionAt(last - 1).line,
      page: begins.page,
    };
  },
};

export default statement;
