/** Where an offset of a document's text lies in its source. */
import type { Document, Segment } from "../../../core/document.ts";
import { countWhile } from "./binary-search.ts";

export interface Position {
  /** 1-based line of the source. */
  line: number;
  /** 1-based page, null where the format has none. */
  page: number | null;
}

const wholeText: Segment = { start: 0, line: 1 };

/** A look-up over one document: the newlines are found once, each answer is a binary search. */
export function positionsOf(document: Pick<Document, "text" | "segments">): (offset: number) => Position {
  const { text, segments } = document;
  const newlines: number[] = [];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) newlines.push(at);

  return (offset) => {
    const index = countWhile(segments.length, (i) => segments[i]!.start <= offset);
    const segment = index === 0 ? wholeText : segments[index - 1]!;
    const page = segment.page ?? null;
    if (segment.step === 0) return { line: segment.line, page };
    const newlinesBefore = (limit: number) => countWhile(newlines.length, (i) => newlines[i]! < limit);
    return { line: segment.line + newlinesBefore(offset) - newlinesBefore(segment.start), page };
  };
}

/** Source position of one offset; use `positionsOf` for many offsets of the same document. */
export function positionAt(document: Pick<Document, "text" | "segments">, offset: number): Position {
  return positionsOf(document)(offset);
}
