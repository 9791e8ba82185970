/**
 * The top-level blocks of a Markdown text, found line by line in one pass: time is linear on any input, unlike a full
 * parser's, and inline markup does not matter for cutting.
 */

import { skipSpace } from "../characters.ts";
import { htmlBlockOf } from "./html.ts";
import {
  atxLevel,
  closesFence,
  type Fence,
  fenceOf,
  isBlank,
  isRule,
  type Line,
  lineAt,
  type Marker,
  markerOf,
  setextLevel,
} from "./line.ts";
import { beginsTable } from "./table.ts";

export type BlockKind = "heading" | "paragraph" | "list" | "table" | "fence" | "indented" | "quote" | "html" | "rule";

export interface Block {
  kind: BlockKind;
  /** Offset of the block's first line. */
  start: number;
  /** Offset just after its last line, newline included; blank lines after it are not part of it. */
  end: number;
  /** Level of a heading, 0 otherwise. */
  level: number;
}

/** Blocks in order; only blank lines lie between them. */
export function* scanBlocks(text: string): Generator<Block> {
  for (let at = 0; ; ) {
    const first = skipSpace(text, at, text.length);
    if (first >= text.length) return;
    // Back to the beginning of the line: its indentation counts.
    const block = blockAt(text, lineAt(text, Math.max(at, text.lastIndexOf("\n", first) + 1)));
    yield block;
    at = block.end;
  }
}

function blockAt(text: string, line: Line): Block {
  if (line.indent > 3) return block("indented", line, endOfIndented(text, line));
  const level = atxLevel(text, line);
  if (level > 0) return { kind: "heading", start: line.start, end: after(text, line), level };
  const fence = fenceOf(text, line);
  if (fence) return block("fence", line, endOfFence(text, line, fence));
  if (isRule(text, line)) return block("rule", line, after(text, line));
  const marker = markerOf(text, line);
  if (marker) return block("list", line, endOfList(text, line, marker));
  if (isQuote(text, line)) return block("quote", line, endOfQuote(text, line));
  const html = htmlBlockOf(text, line);
  if (html) return block("html", line, endOfHtml(text, line, html.until));
  return paragraphAt(text, line);
}

function block(kind: BlockKind, line: Line, end: number): Block {
  return { kind, start: line.start, end, level: 0 };
}

function after(text: string, line: Line): number {
  return Math.min(text.length, line.end + 1);
}

function isQuote(text: string, line: Line): boolean {
  return line.indent <= 3 && text.charCodeAt(line.first) === 62;
}

/** Whether a line ends a paragraph above it without a blank line between them. */
function interrupts(text: string, line: Line): boolean {
  if (line.indent > 3) return false;
  if (atxLevel(text, line) > 0 || fenceOf(text, line) || isRule(text, line) || isQuote(text, line)) return true;
  if (htmlBlockOf(text, line)?.interrupts) return true;
  const marker = markerOf(text, line);
  return marker !== undefined && !marker.empty && (marker.number === undefined || marker.number === 1);
}

/** A paragraph, or what its second line makes of it: a setext heading or a table. */
function paragraphAt(text: string, first: Line): Block {
  let previous = first;
  for (let at = after(text, first); at < text.length; at = after(text, previous)) {
    const line = lineAt(text, at);
    if (isBlank(line)) break;
    const level = setextLevel(text, line);
    if (level > 0) return { kind: "heading", start: first.start, end: after(text, line), level };
    if (beginsTable(text, previous, line)) {
      if (previous === first) return block("table", first, endOfTable(text, line));
      return block("paragraph", first, previous.start);
    }
    if (interrupts(text, line)) break;
    previous = line;
  }
  return block("paragraph", first, after(text, previous));
}

function endOfIndented(text: string, first: Line): number {
  let last = first;
  for (let at = after(text, first); at < text.length; ) {
    const line = lineAt(text, at);
    if (!isBlank(line)) {
      if (line.indent < 4) break;
      last = line;
    }
    at = after(text, line);
  }
  return after(text, last);
}

function endOfFence(text: string, first: Line, fence: Fence): number {
  for (let at = after(text, first); at < text.length; ) {
    const line = lineAt(text, at);
    at = after(text, line);
    if (line.indent <= 3 && closesFence(text, line, fence)) return at;
  }
  return text.length;
}

function endOfTable(text: string, delimiter: Line): number {
  let at = after(text, delimiter);
  while (at < text.length) {
    const line = lineAt(text, at);
    if (isBlank(line) || line.indent > 3 || interrupts(text, line)) break;
    at = after(text, line);
  }
  return at;
}

function endOfQuote(text: string, first: Line): number {
  let at = after(text, first);
  while (at < text.length) {
    const line = lineAt(text, at);
    if (isBlank(line) || (!isQuote(text, line) && interrupts(text, line))) break;
    at = after(text, line);
  }
  return at;
}

function endOfHtml(text: string, first: Line, until: string | undefined): number {
  let line = first;
  while (true) {
    const next = after(text, line);
    if (until !== undefined && text.slice(line.first, line.end).toLowerCase().includes(until)) return next;
    if (next >= text.length) return text.length;
    line = lineAt(text, next);
    if (until === undefined && isBlank(line)) return line.start;
  }
}

/**
 * The end of a list: items of one type, what is indented under them, and lines that go on with an item's paragraph.
 * Blank lines inside belong to it; fences inside are followed so that their lines do not end it.
 */
function endOfList(text: string, first: Line, opening: Marker): number {
  let content = opening.content;
  let last = first;
  let afterBlank = false;
  let fence = fenceAfterMarker(text, first, opening);
  for (let at = after(text, first); at < text.length; ) {
    const line = lineAt(text, at);
    at = after(text, line);
    if (isBlank(line)) {
      afterBlank = true;
      continue;
    }
    if (line.indent >= content) {
      if (fence) fence = closesFence(text, line, fence) ? undefined : fence;
      else fence = fenceOf(text, line);
    } else {
      fence = undefined;
      const marker = line.indent <= 3 && !isRule(text, line) ? markerOf(text, line) : undefined;
      if (marker) {
        if (marker.type !== opening.type) break;
        content = marker.content;
        fence = fenceAfterMarker(text, line, marker);
      } else if (afterBlank || interrupts(text, line)) break;
    }
    afterBlank = false;
    last = line;
  }
  return after(text, last);
}

/** The fence that an item's first line opens after its marker. */
function fenceAfterMarker(text: string, line: Line, marker: Marker): Fence | undefined {
  if (marker.empty) return undefined;
  const rest = lineAt(text, line.first + marker.content - line.indent);
  return fenceOf(text, rest);
}
