/** One line of Markdown, looked at without copying it. */
import { isDigit } from "../characters.ts";

export interface Line {
  /** Offset of the line's first character. */
  start: number;
  /** Offset of the line's newline, or the end of the text. */
  end: number;
  /** Offset of the first character that is no space or tab; `end` on a blank line. */
  first: number;
  /** Columns before `first`; a tab goes to the next multiple of four. */
  indent: number;
}

const tab = 9;
const space = 32;

export function lineAt(text: string, start: number): Line {
  const newline = text.indexOf("\n", start);
  const end = newline === -1 ? text.length : newline;
  let first = start;
  let indent = 0;
  for (; first < end; first++) {
    const code = text.charCodeAt(first);
    if (code === space) indent++;
    else if (code === tab) indent += 4 - (indent % 4);
    else break;
  }
  return { start, end, first, indent };
}

export function isBlank(line: Line): boolean {
  return line.first >= line.end;
}

/** How many times the character at `from` stands there in a row. */
export function runLength(text: string, from: number, end: number): number {
  const code = text.charCodeAt(from);
  let at = from;
  while (at < end && text.charCodeAt(at) === code) at++;
  return at - from;
}

export interface Marker {
  /** `-`, `*`, `+`, `.` or `)`: items with another type begin another list. */
  type: string;
  /** Column at which the item's content begins. */
  content: number;
  /** The item's number, for ordered lists. */
  number: number | undefined;
  /** The item has no content on this line. */
  empty: boolean;
}

/** The list marker at the beginning of a line, or undefined. */
export function markerOf(text: string, line: Line): Marker | undefined {
  const { first, end, indent } = line;
  let at = first;
  let type = text[at] ?? "";
  let number: number | undefined;
  if (type === "-" || type === "*" || type === "+") at++;
  else {
    while (at < end && at - first < 9 && isDigit(text.charCodeAt(at))) at++;
    type = text[at] ?? "";
    if (at === first || (type !== "." && type !== ")")) return undefined;
    number = Number(text.slice(first, at));
    at++;
  }
  if (at < end && text.charCodeAt(at) !== space && text.charCodeAt(at) !== tab) return undefined;
  let content = at;
  while (content < end && (text.charCodeAt(content) === space || text.charCodeAt(content) === tab)) content++;
  const empty = content >= end;
  const width = at - first;
  // Five spaces or more after the marker are one space and indented code.
  const padding = empty || content - at > 4 ? 1 : content - at;
  return { type, content: indent + width + padding, number, empty };
}

/** `---`, `***`, `___`, with spaces between them. */
export function isRule(text: string, line: Line): boolean {
  const code = text.charCodeAt(line.first);
  if (line.indent > 3 || (code !== 45 && code !== 42 && code !== 95)) return false;
  let marks = 0;
  for (let at = line.first; at < line.end; at++) {
    const here = text.charCodeAt(at);
    if (here === code) marks++;
    else if (here !== space && here !== tab) return false;
  }
  return marks >= 3;
}

export interface Fence {
  code: number;
  length: number;
}

/** The fence that a line opens, or undefined. */
export function fenceOf(text: string, line: Line): Fence | undefined {
  const code = text.charCodeAt(line.first);
  if (code !== 96 && code !== 126) return undefined;
  const length = runLength(text, line.first, line.end);
  if (length < 3) return undefined;
  if (code === 96) {
    const again = text.indexOf("`", line.first + length);
    if (again !== -1 && again < line.end) return undefined;
  }
  return { code, length };
}

export function closesFence(text: string, line: Line, fence: Fence): boolean {
  if (text.charCodeAt(line.first) !== fence.code) return false;
  const length = runLength(text, line.first, line.end);
  if (length < fence.length) return false;
  for (let at = line.first + length; at < line.end; at++) {
    const code = text.charCodeAt(at);
    if (code !== space && code !== tab) return false;
  }
  return true;
}

/** Level of an ATX heading, 0 for other lines. */
export function atxLevel(text: string, line: Line): number {
  if (line.indent > 3 || text.charCodeAt(line.first) !== 35) return 0;
  const level = runLength(text, line.first, line.end);
  const after = line.first + level;
  const code = text.charCodeAt(after);
  return level <= 6 && (after >= line.end || code === space || code === tab) ? level : 0;
}

/** Level of the heading that a setext underline makes of the paragraph above it, 0 for other lines. */
export function setextLevel(text: string, line: Line): number {
  const code = text.charCodeAt(line.first);
  if (line.indent > 3 || (code !== 61 && code !== 45)) return 0;
  let at = line.first + runLength(text, line.first, line.end);
  while (at < line.end && (text.charCodeAt(at) === space || text.charCodeAt(at) === tab)) at++;
  return at < line.end ? 0 : code === 61 ? 1 : 2;
}
