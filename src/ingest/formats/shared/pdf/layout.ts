/** The order in which a page is read: across columns, with tables by their rows. */
import type { Piece, Row } from "./rows.ts";

export interface Line {
  pieces: Piece[];
  text: string;
  left: number;
  right: number;
  y: number;
  size: number;
  font: string;
  mono: boolean;
}

/** Lines below each other, or a table with its cells row by row. */
export type Block = { kind: "lines"; lines: Line[] } | { kind: "table"; rows: string[][] };

interface Gap {
  from: number;
  to: number;
}

/** Narrowest gap between columns, in sizes of the type, once the rows above each other have narrowed it. */
const MIN_GUTTER = 0.5;
/** Columns of text are this full, and their lines have this many words; cells of tables have fewer. */
const MIN_FILL = 0.7;
const MIN_WORDS = 3.5;
const MIN_COLUMN_ROWS = 3;
/** A gap of more than this many sizes of the type starts a paragraph. */
const PARAGRAPH_GAP = 1.9;
const MAX_DEPTH = 4;
const MARKER = /^(?:[•·∙◦‣▪●○■□–—*-]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]|\d+(?:\.\d+)+\.?)$/i;
/** Edges of a table's cells stand below each other within so many points, in this share of its rows. */
const ALIGNED = 2;
const ALIGNED_SHARE = 0.7;

/** `rows` from top to bottom. */
export function blocksOf(rows: readonly Row[], depth = 0): Block[] {
  const blocks: Block[] = [];
  let lines: Line[] = [];
  const flush = () => {
    if (lines.length > 0) blocks.push({ kind: "lines", lines });
    lines = [];
  };
  for (let at = 0; at < rows.length; ) {
    const band = depth < MAX_DEPTH ? bandAt(rows, at) : undefined;
    if (!band) {
      lines.push(toLine(rows[at++]!.pieces));
      continue;
    }
    flush();
    blocks.push(...band.blocks(depth));
    at = band.end;
  }
  flush();
  return blocks;
}

interface Band {
  end: number;
  blocks(depth: number): Block[];
}

/** Rows from `start` on that are divided at the same places; undefined where there is one column. */
function bandAt(rows: readonly Row[], start: number): Band | undefined {
  const first = rows[start]!;
  if (first.pieces.length < 2 || isItem(first)) return undefined;
  let gutters = gapsOf(first);
  let end = start + 1;
  for (; end < rows.length; end++) {
    const row = rows[end]!;
    const above = rows[end - 1]!;
    const left = narrow(gutters, row).filter(({ from, to }) => to - from >= MIN_GUTTER * row.size);
    if (left.length === 0) break;
    // A lone line after a gap, such as a heading, has its own place.
    if (row.pieces.length === 1 && above.y - row.y > 3 * row.size && !spreads(rows, end, left)) break;
    gutters = left;
  }
  end = trimEnd(rows, start, end, gutters);
  const cells = rows.slice(start, end).map((row) => cellsOf(row, gutters));
  const shared = cells.filter((row) => row.filter((cell) => cell.length > 0).length >= 2).length;
  if (shared < 2) return undefined;
  const band = rows.slice(start, end);
  if (isColumns(band, cells)) {
    return { end, blocks: (depth) => columnsOf(band, cells).flatMap((column) => blocksOf(column, depth + 1)) };
  }
  if (cells.every((row) => row[0]!.every(({ text }) => MARKER.test(text)))) return undefined;
  if (band.every((row) => row.pieces.every(({ mono }) => mono))) return undefined;
  if (shared * 2 < cells.length || !isAligned(cells)) return undefined;
  return { end, blocks: () => [{ kind: "table", rows: tableRows(band, cells) }] };
}

/** A list's item: its mark, and then its text. */
function isItem({ pieces }: Row): boolean {
  return pieces.length === 2 && MARKER.test(pieces[0]!.text);
}

function gapsOf({ pieces }: Row): Gap[] {
  return pieces.slice(1).map((piece, i) => ({ from: pieces[i]!.right, to: piece.left }));
}

/** What is left of the gaps beside the row's pieces. */
function narrow(gutters: readonly Gap[], row: Row): Gap[] {
  let left = [...gutters];
  for (const { left: from, right: to } of row.pieces) {
    left = left.flatMap((gap) => {
      if (to <= gap.from || from >= gap.to) return [gap];
      return [
        { from: gap.from, to: from },
        { from: to, to: gap.to },
      ].filter((part) => part.to - part.from > 1);
    });
  }
  return left;
}

/** Whether one of the next rows has text on both sides of a gap. */
function spreads(rows: readonly Row[], at: number, gutters: readonly Gap[]): boolean {
  return rows.slice(at, at + 4).some((row) => cellsOf(row, gutters).filter((cell) => cell.length > 0).length >= 2);
}

/** Without rows at the end that have one side only, after a gap: a heading before what follows over the whole width. */
function trimEnd(rows: readonly Row[], start: number, end: number, gutters: readonly Gap[]): number {
  const sides = (row: Row) => cellsOf(row, gutters).filter((cell) => cell.length > 0).length;
  if (end === rows.length) return end;
  for (let at = end - 1; at > start && at >= end - 3 && sides(rows[at]!) === 1; at--) {
    if (rows[at - 1]!.y - rows[at]!.y > PARAGRAPH_GAP * rows[at]!.size) return at;
  }
  return end;
}

function cellsOf({ pieces }: Row, gutters: readonly Gap[]): Piece[][] {
  const cells: Piece[][] = Array.from({ length: gutters.length + 1 }, () => []);
  for (const piece of pieces) cells[gutters.filter((gap) => gap.from < piece.left + 1).length]!.push(piece);
  return cells;
}

/** Wide gaps of justified lines stand anywhere; the cells of a column share their left edge, right edge or centre. */
function isAligned(cells: readonly Piece[][][]): boolean {
  return cells[0]!.every((_, column) => {
    const lines = cells.flatMap((row) => (row[column]!.length > 0 ? [toLine(row[column]!)] : []));
    const edges = [
      lines.map(({ left }) => left),
      lines.map(({ right }) => right),
      lines.map(({ left, right }) => (left + right) / 2),
    ];
    return edges.some((values) => {
      const middle = median(values);
      const near = values.filter((value) => Math.abs(value - middle) <= ALIGNED).length;
      return near >= ALIGNED_SHARE * values.length;
    });
  });
}

/** Columns of running text, not of a table: full lines of several words, in each of them. */
function isColumns(band: readonly Row[], cells: readonly Piece[][][]): boolean {
  return cells[0]!.every((_, column) => {
    const lines = cells.flatMap((row) => (row[column]!.length > 0 ? [toLine(row[column]!)] : []));
    if (lines.length < MIN_COLUMN_ROWS || lines.length * 3 < band.length) return false;
    const width = Math.max(...lines.map(({ right }) => right)) - Math.min(...lines.map(({ left }) => left));
    const fills = lines.map(({ left, right }) => (right - left) / width);
    return median(fills) >= MIN_FILL && median(lines.map(({ text }) => text.split(" ").length)) >= MIN_WORDS;
  });
}

function columnsOf(band: readonly Row[], cells: readonly Piece[][][]): Row[][] {
  return cells[0]!.map((_, column) =>
    band.flatMap((_row, i) => {
      const pieces = cells[i]![column]!;
      if (pieces.length === 0) return [];
      const { y, size } = toLine(pieces);
      return [{ y, size, pieces }];
    }),
  );
}

/** A row whose first cell is empty goes on with the cells above it, where it follows closely. */
function tableRows(band: readonly Row[], cells: readonly Piece[][][]): string[][] {
  const rows: string[][] = [];
  for (const [i, row] of cells.entries()) {
    const texts = row.map((cell) => cell.map(({ text }) => text).join(" "));
    const last = rows.at(-1);
    const near = i > 0 && band[i - 1]!.y - band[i]!.y < PARAGRAPH_GAP * band[i]!.size;
    if (last && near && texts[0] === "") {
      for (const [column, text] of texts.entries()) if (text !== "") last[column] = joined(last[column]!, text);
    } else rows.push(texts);
  }
  return rows;
}

function joined(above: string, below: string): string {
  return above === "" ? below : `${above} ${below}`;
}

function toLine(pieces: readonly Piece[]): Line {
  const main = pieces.reduce((one, other) => (other.text.length > one.text.length ? other : one));
  return {
    pieces: [...pieces],
    text: pieces.map(({ text }) => text).join(" "),
    left: pieces[0]!.left,
    right: pieces.at(-1)!.right,
    y: main.y,
    size: main.size,
    font: main.font,
    mono: pieces.every(({ mono }) => mono),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
