/** Which lines of a PDF are headings: those in larger type than its text, and lone ones in a bold font. */
import type { Line } from "./layout.ts";
import { LED, type Row } from "./rows.ts";

/** Larger than the text's by this factor. */
const LARGER = 1.12;
const MAX_CHARS = 160;
const MAX_SIZES = 4;
/** Type that holds more of the text than this is no heading's. */
const MAX_SHARE = 0.2;

/** What bold lines are beside headings: sentences, items of lists, names of boxes. */
const NO_HEADING = /[.:]$|^[•·∙◦‣▪●○■□–—*-]|^(?:note|notes|tip|warning|caution|important|hint|attention|danger)$/i;

export interface Typography {
  bodySize: number;
  /** Level by size, rounded as `sizeKey` does. */
  levels: ReadonlyMap<number, number>;
  /** Fonts that may be a bold one, in order of their first page. */
  doubtful: readonly { font: string; page: number }[];
  /** Level of a bold line of the text's size. */
  boldLevel: number;
}

const sizeKey = (size: number) => Math.round(size * 2) / 2;

/** Of the rows of all pages. */
export function typographyOf(pages: readonly (readonly Row[])[]): Typography {
  const bySize = new Map<number, number>();
  const byFont = new Map<string, { chars: number; lines: number; page: number }>();
  let total = 0;
  for (const [page, rows] of pages.entries()) {
    for (const row of rows) {
      for (const { size, text, font, mono } of row.pieces) {
        total += text.length;
        bySize.set(sizeKey(size), (bySize.get(sizeKey(size)) ?? 0) + text.length);
        const found = byFont.get(font) ?? { chars: 0, lines: 0, page };
        found.chars += text.length;
        if (row.pieces.length === 1 && !mono && text.length <= MAX_CHARS) found.lines++;
        byFont.set(font, found);
      }
    }
  }
  const [bodySize = 0] = [...bySize].reduce((one, other) => (other[1] > one[1] ? other : one), [0, 0]);
  const sizes = [...bySize.entries()]
    .filter(([size, chars]) => size >= bodySize * LARGER && chars <= MAX_SHARE * total)
    .map(([size]) => size)
    .sort((a, b) => b - a);
  const levels = new Map(sizes.map((size, i) => [size, Math.min(i + 1, MAX_SIZES)]));
  const doubtful = [...byFont]
    .filter(([, { chars, lines }]) => lines > 0 && chars <= MAX_SHARE * total)
    .map(([font, { page }]) => ({ font, page }));
  return { bodySize, levels, doubtful, boldLevel: Math.min(sizes.length, MAX_SIZES) + 1 };
}

/** 0 for a line of text. `alone` says that nothing of the same font stands right above or below it. */
export function headingLevel(type: Typography, bold: ReadonlySet<string>, line: Line, alone: boolean): number {
  const { text, size, mono } = line;
  if (text.length > MAX_CHARS || !/\p{L}{2}|^\p{N}+$/u.test(text) || /[,;]$/.test(text)) return 0;
  // An entry of a table of contents is none, however it is set.
  if (LED.test(text)) return 0;
  const level = type.levels.get(sizeKey(size));
  if (level !== undefined) return level;
  // Words side by side are the head of a table; a name of a box has no section of its own.
  const isOne = line.pieces.length === 1 || (line.pieces.length === 2 && /^[\p{N}.]+$/u.test(line.pieces[0]!.text));
  if (!alone || mono || !isOne || size < type.bodySize * 0.95 || NO_HEADING.test(text)) return 0;
  return line.pieces.every((piece) => bold.has(piece.font)) ? type.boldLevel : 0;
}

/** By the font's own name. */
export function isBoldName(name: string): boolean {
  return /bold|black|heavy|demi|\bcmbx|\bsfbx|cmssbx/i.test(name);
}
