/** Pieces of text on a page to lines, and lines to paragraphs. */
import type { BlockWriter } from "./block-writer.ts";

/** What the PDF engine yields; marked content has no `str`. */
interface Item {
  str?: string;
  hasEOL?: boolean;
  /** Text matrix; the last two are the position on the page, y upwards. */
  transform?: number[];
  height?: number;
}

export interface Line {
  text: string;
  y: number;
  height: number;
}

/** A gap of more than this many line heights starts a paragraph. */
const PARAGRAPH_GAP = 1.7;
/** A line shorter than this share of the page's longest one was ended on purpose. */
const FULL_LINE_SHARE = 0.6;

/** The page's lines that hold something. */
export function linesOf(items: readonly object[]): Line[] {
  const lines: Line[] = [];
  let text = "";
  let first: Item | undefined;
  const end = () => {
    const cleaned = text.replaceAll("\0", "").toWellFormed().replace(/\s+/g, " ").trim();
    if (cleaned !== "") lines.push({ text: cleaned, y: first?.transform?.[5] ?? 0, height: first?.height ?? 0 });
    text = "";
    first = undefined;
  };
  for (const item of items as readonly Item[]) {
    if (item.str === undefined) continue;
    if (first === undefined && item.str.trim() !== "") first = item;
    text += item.str;
    if (item.hasEOL) end();
  }
  end();
  return lines;
}

/** Joins lines that a paragraph was broken into, and words that were hyphenated for it. */
export function writeLines(writer: BlockWriter, lines: readonly Line[]): void {
  const longest = lines.reduce((most, line) => Math.max(most, line.text.length), 0);
  for (const [i, line] of lines.entries()) {
    const next = lines[i + 1];
    const number = i + 1;
    if (!next) {
      writer.inline(line.text, number);
    } else if (isHyphenated(line.text, next.text) && !startsParagraph(line, next)) {
      writer.inline(line.text.slice(0, -1), number);
    } else if (startsParagraph(line, next)) {
      writer.inline(line.text, number);
      writer.break(2);
    } else if (line.text.length >= longest * FULL_LINE_SHARE) {
      writer.inline(`${line.text} `, number);
    } else {
      writer.inline(line.text, number);
      writer.break(1);
    }
  }
}

/** Downwards by more than the usual distance, or another size of type. A step upwards is the next column. */
function startsParagraph(line: Line, next: Line): boolean {
  const height = Math.max(line.height, next.height);
  if (height === 0) return false;
  return line.y - next.y > PARAGRAPH_GAP * height || Math.abs(line.height - next.height) > height * 0.2;
}

function isHyphenated(text: string, next: string): boolean {
  return /\p{L}[-\u00ad\u2010]$/u.test(text) && /^\p{Ll}/u.test(next);
}
