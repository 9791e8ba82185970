/** Passages of one document put together again: overlaps once, what lay between two of them as the newlines it had. */
import type { ChunkRecord } from "../core/record.ts";

export type Stretch = Pick<ChunkRecord, "start" | "end" | "text" | "startLine" | "endLine">;

/**
 * @param records of one document, by their start
 * @param lines only these, where lines of the text are lines of the source; else every passage that touches them
 */
export function stitched(
  records: readonly Stretch[],
  lines?: readonly [number, number],
): Pick<Stretch, "text" | "startLine" | "endLine"> {
  const [first] = records;
  if (!first) return { text: "", startLine: 1, endLine: 1 };
  let text = "";
  let end = first.start;
  let endLine = first.startLine;
  for (const record of records) {
    if (record.text.length !== record.end - record.start) {
      // A chunker may change the text of a passage: then its place says nothing of what is repeated.
      if (text !== "" && !text.endsWith("\n")) text += "\n";
      text += record.text;
    } else {
      if (record.start > end) text += "\n".repeat(Math.max(1, record.startLine - endLine));
      if (record.end > end) text += record.text.slice(Math.max(0, end - record.start));
    }
    end = Math.max(end, record.end);
    endLine = Math.max(endLine, record.endLine);
  }
  const { startLine } = first;
  // The newline that ends the last line is no line of its own.
  const all = text.replace(/\n+$/, "").split("\n");
  const [from, to] = lines ? [Math.max(lines[0], startLine), Math.min(lines[1], endLine)] : [startLine, endLine];
  const isWhole = !lines || from > to || all.length - 1 !== endLine - startLine;
  if (isWhole) return { text, startLine, endLine };
  return { text: all.slice(from - startLine, to - startLine + 1).join("\n"), startLine: from, endLine: to };
}
