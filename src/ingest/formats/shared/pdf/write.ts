/** Blocks of a page to Markdown-like text: paragraphs with their words mended, headings, tables, code. */
import type { BlockWriter } from "../block-writer.ts";
import { headingLevel, type Typography } from "./headings.ts";
import type { Block, Line } from "./layout.ts";
import { LED } from "./rows.ts";

export interface Context {
  type: Typography;
  /** Fonts that are bold. */
  bold: ReadonlySet<string>;
  /** Words within lines, lower case: they tell a hyphen of a compound from one of a line's end. */
  words: ReadonlySet<string>;
  /** Everything is typewritten, so that lines of it are no code. */
  typewritten: boolean;
  /** The last line of the block before, when a paragraph may go on. */
  previous?: { line: Line; right: number; left: number } | undefined;
  /** What its line ended with and was not written yet. */
  hyphen?: string | undefined;
}

/** A gap of more than this many line heights starts a paragraph. */
const PARAGRAPH_GAP = 1.7;
/** A line with this share of its column left was ended on purpose. */
const SHORT_SHARE = 0.35;
const BULLET = /^[•·∙◦‣▪●○■□]\s*/;
const MARKER = /^(?:[•·∙◦‣▪●○■□–—*-]|\(?(?:\d{1,3}|[a-z])[.)])\s/;

export function writeBlocks(writer: BlockWriter, blocks: readonly Block[], context: Context): void {
  let number = 0;
  for (const block of blocks) {
    if (block.kind === "table") {
      settle(writer, number + 1, context);
      context.previous = undefined;
      number = writeTable(writer, block.rows, number);
    } else number = writeLines(writer, block.lines, number, context);
  }
}

function writeTable(writer: BlockWriter, rows: readonly (readonly string[])[], before: number): number {
  let number = before;
  writer.break(2);
  for (const [i, cells] of rows.entries()) {
    writer.verbatim(`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`, ++number);
    writer.break(1);
    if (i === 0) {
      writer.verbatim(`|${" --- |".repeat(cells.length)}`, number);
      writer.break(1);
    }
  }
  writer.break(2);
  return number;
}

function writeLines(writer: BlockWriter, lines: readonly Line[], before: number, context: Context): number {
  const left = Math.min(...lines.map((line) => line.left));
  const right = Math.max(...lines.map((line) => line.right));
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!;
    const level = headingLevel(context.type, context.bold, line, isAlone(lines, i));
    if (level > 0) {
      const end = headingEnd(lines, i);
      settle(writer, before + i + 1, context);
      writer.break(2);
      writer.mark(`${"#".repeat(level)} `);
      for (const part of lines.slice(i, end)) writer.inline(`${part.text} `, before + ++i);
      writer.break(2);
      context.previous = undefined;
      continue;
    }
    const codeEnd = context.typewritten ? i : endOfCode(lines, i);
    if (codeEnd - i >= 2) {
      settle(writer, before + i + 1, context);
      writeCode(writer, lines.slice(i, codeEnd), before + i + 1);
      i = codeEnd;
      context.previous = undefined;
      continue;
    }
    writeLine(writer, line, before + ++i, context);
    context.previous = { line, left, right };
  }
  return before + lines.length;
}

function writeLine(writer: BlockWriter, line: Line, number: number, context: Context): void {
  const { previous } = context;
  const bullet = BULLET.exec(line.text)?.[0] ?? "";
  const join = previous ? joinOf(previous, line, bullet !== "") : 2;
  if (join !== 0) {
    settle(writer, number, context);
    writer.break(join);
  } else if (context.hyphen === undefined) writer.inline(" ", number);
  else if (!goesOn(previous!.line.text, line.text) || isCompound(previous!.line.text, line.text, context.words)) {
    settle(writer, number, context);
  }
  context.hyphen = undefined;
  if (bullet !== "") writer.mark("- ");
  else if (join !== 0 && /^#{1,6}\s|^(?:```|~~~)/.test(line.text)) writer.mark("\\");
  const text = line.text.slice(bullet.length);
  // The hyphen is written when it is known what follows.
  const hyphen = /\p{L}([-\u00ad\u2010])$/u.exec(text)?.[1];
  writer.inline(hyphen === undefined ? text : text.slice(0, -1), number);
  context.hyphen = hyphen;
}

/** Writes the hyphen that the last line ended with, when nothing goes on after it. */
export function settle(writer: BlockWriter, number: number, context: Context): void {
  if (context.hyphen !== undefined) writer.inline(context.hyphen, number);
  context.hyphen = undefined;
}

/** 0 where the paragraph goes on, 1 for a new line, 2 for a new paragraph. */
function joinOf({ line, left, right }: NonNullable<Context["previous"]>, next: Line, bullet: boolean): 0 | 1 | 2 {
  const size = Math.max(line.size, next.size);
  if (Math.abs(line.size - next.size) > size * 0.2) return 2;
  const down = line.y - next.y;
  const isHyphenated = /\p{L}[-\u00ad\u2010]$/u.test(line.text) && goesOn(line.text, next.text);
  const isSlack =
    !isHyphenated && right - line.right > Math.max(SHORT_SHARE * (right - left), 1.2 * firstWordWidth(next));
  // A step upwards is the next column or page.
  if (down <= 0) return !isSlack && /^\p{Ll}/u.test(next.text) && !/[.!?:]$/.test(line.text) ? 0 : 2;
  if (down > PARAGRAPH_GAP * size) return 2;
  if (bullet || MARKER.test(next.text) || LED.test(line.text)) return 1;
  if (isSlack) return 1;
  const isIndented = next.left > line.left + 0.8 * size && line.left < left + 1 && !MARKER.test(line.text);
  return isIndented && /[.!?:)]$/.test(line.text) ? 2 : 0;
}

function firstWordWidth({ text, left, right }: Line): number {
  const space = text.indexOf(" ");
  return ((right - left) * (space === -1 ? text.length : space)) / Math.max(1, text.length);
}

/** Whether a word may be hyphenated between the lines. */
function goesOn(text: string, next: string): boolean {
  return /^\p{Ll}/u.test(next) || (/\p{Lu}{2}.$/u.test(text) && /^\p{Lu}{2}/u.test(next));
}

/** Whether the document writes the word with a hyphen elsewhere, and never without. */
function isCompound(text: string, next: string, words: ReadonlySet<string>): boolean {
  const before = /[\p{L}-]+$/u.exec(text.slice(0, -1))?.[0].toLowerCase() ?? "";
  const after = /^\p{L}+/u.exec(next)?.[0].toLowerCase() ?? "";
  return words.has(`${before}-${after}`) && !words.has(before + after);
}

/** Nothing of the same font right above or below. */
function isAlone(lines: readonly Line[], i: number): boolean {
  const line = lines[i]!;
  const above = lines[i - 1];
  const below = lines[i + 1];
  const near = (one: Line, other: Line) => one.y - other.y > 0 && one.y - other.y < PARAGRAPH_GAP * line.size;
  if (above && near(above, line)) return false;
  return !(below && below.font === line.font && near(line, below));
}

/** A heading goes on over lines of the same type right below it. */
function headingEnd(lines: readonly Line[], start: number): number {
  let end = start + 1;
  for (; end < lines.length && end < start + 4; end++) {
    const above = lines[end - 1]!;
    const line = lines[end]!;
    if (line.size !== above.size || line.font !== above.font || above.y - line.y > 1.5 * line.size) break;
  }
  return end;
}

function endOfCode(lines: readonly Line[], start: number): number {
  let end = start;
  while (end < lines.length && lines[end]!.mono && (end === start || lines[end - 1]!.y > lines[end]!.y)) end++;
  return end;
}

/** With the indentation and the gaps that it has on the page. */
function writeCode(writer: BlockWriter, lines: readonly Line[], first: number): void {
  const left = Math.min(...lines.map((line) => line.left));
  const width = Math.max(1, ...lines.map((line) => (line.pieces[0]!.right - line.left) / line.pieces[0]!.text.length));
  const fence = lines.some(({ text }) => text.includes("```")) ? "````" : "```";
  writer.break(2);
  writer.verbatim(fence, first);
  for (const [i, line] of lines.entries()) {
    let text = "";
    for (const piece of line.pieces) {
      const column = Math.min(200, Math.round((piece.left - left) / width));
      text += `${text === "" ? "" : "  "}${" ".repeat(Math.max(0, column - text.length - (text === "" ? 0 : 2)))}${piece.text}`;
    }
    writer.break(1);
    writer.verbatim(text, first + i);
  }
  writer.break(1);
  writer.verbatim(fence, first + lines.length - 1);
  writer.break(2);
}
