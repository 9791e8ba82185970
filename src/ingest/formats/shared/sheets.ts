/** Sheets of a workbook as rows: the header is found, and each row is a document with its sheet's name. */
import type { Read } from "../../../core/document.ts";
import type { FormatInput, ReadOptions } from "../format.ts";
import { type RowRead, readRows, rejectLongRow } from "./rows.ts";
import { oneLine } from "./text-builder.ts";

export interface Cell {
  /** As it is shown. */
  text: string;
  /** Whether it holds text, not a number, date or truth value. */
  isText: boolean;
}

export interface SheetRow {
  /** 1-based row of the sheet. */
  number: number;
  /** By column; empty cells are holes. */
  cells: (Cell | undefined)[];
}

export interface Sheet {
  name: string;
  /** 1-based. */
  number: number;
}

/** A header stands within this many rows with content. */
const HEADER_WITHIN = 10;

/** Documents of one sheet, `book.xlsx#sheet=Name#row=3`; the page is the sheet's number, the line the row's. */
export async function* readSheet(
  input: FormatInput,
  sheet: Sheet,
  rows: AsyncIterable<SheetRow>,
  options: ReadOptions & { kind: string },
): AsyncGenerator<Read, void, undefined> {
  const place = { ...input, uri: `${input.uri}#sheet=${encodeURIComponent(sheet.name)}` };
  const usual = `${input.name.toWellFormed()} row `;
  for await (const read of readRows(place, namedRows(place, sheet, rows, options), options)) {
    if ("reject" in read) {
      const { reject } = read;
      yield { reject: { ...reject, uri: input.uri, reason: `sheet ${sheet.name}: ${reject.reason}` } };
      continue;
    }
    const { document } = read;
    if (document.title.startsWith(usual)) document.title = `${sheet.name} row ${document.row}`;
    for (const segment of document.segments) segment.page = sheet.number;
    if (document.text.trim() !== "") yield read;
  }
}

async function* namedRows(
  input: FormatInput,
  sheet: Sheet,
  rows: AsyncIterable<SheetRow>,
  options: ReadOptions,
): AsyncGenerator<RowRead, void, undefined> {
  let waiting: SheetRow[] | undefined = [];
  let columns: string[] = [];
  const settle = (first: readonly SheetRow[]) => {
    waiting = undefined;
    const at = headerOf(first);
    columns = at === -1 ? [] : nameColumns(first[at]!.cells);
    // What stands over the header, such as a title, is in no column of it.
    return first.flatMap((row, i) => (i === at ? [] : [rowOf(input, sheet, row, i < at ? [] : columns, options)]));
  };
  for await (const row of rows) {
    if (!row.cells.some((cell) => cell !== undefined && cell.text.trim() !== "")) continue;
    if (!waiting) yield rowOf(input, sheet, row, columns, options);
    else if (waiting.push(row) === HEADER_WITHIN) {
      yield* settle(waiting);
    }
  }
  if (waiting) yield* settle(waiting);
}

/** The first row that has as many cells as any near it and nothing but text, when a row follows it; else -1. */
function headerOf(rows: readonly SheetRow[]): number {
  const widths = rows.map(({ cells }) => cells.filter((cell) => cell !== undefined && cell.text.trim() !== "").length);
  const widest = Math.max(0, ...widths);
  const at = widths.findIndex((width) => width > 1 && width >= widest * 0.7);
  if (at === -1 || at === rows.length - 1) return -1;
  return rows[at]!.cells.every((cell) => cell === undefined || cell.isText) ? at : -1;
}

function nameColumns(cells: SheetRow["cells"]): string[] {
  const used = new Set<string>();
  return Array.from(cells, (cell, i) => {
    let name = oneLine(cell?.text ?? "").slice(0, 200) || columnName(i);
    while (used.has(name)) name = `${name}_${i + 1}`;
    used.add(name);
    return name;
  });
}

/** A, B, … Z, AA, … */
export function columnName(index: number): string {
  return (index >= 26 ? columnName(Math.floor(index / 26) - 1) : "") + String.fromCharCode(65 + (index % 26));
}

function rowOf(
  input: FormatInput,
  sheet: Sheet,
  row: SheetRow,
  columns: readonly string[],
  options: ReadOptions,
): RowRead {
  const values: Record<string, string> = Object.create(null);
  if (!columns.includes("Sheet")) values.Sheet = sheet.name;
  let length = 0;
  for (const [i, cell] of row.cells.entries()) {
    if (cell === undefined || cell.text === "") continue;
    values[columns[i] ?? columnName(i)] = cell.text;
    length += cell.text.length;
  }
  const at = { number: row.number, line: row.number };
  if (length > options.maxDocumentBytes) {
    const start = Object.values(values).join(" ").slice(0, 500);
    return rejectLongRow(input, at, length, options.maxDocumentBytes, start);
  }
  return { row: { ...at, values } };
}
