/** Delimiter and header of a table, from its beginning. */
import { CsvParser, type CsvRecord } from "./csv-parser.ts";

export interface Dialect {
  delimiter: string;
  /** The first row names the columns. */
  header: boolean;
}

const DELIMITERS = [",", "\t", ";", "|"];
const SAMPLE_RECORDS = 50;
const SAMPLE_CHARS = 65_536;
const MAX_HEADER_CHARS = 100;

export function detectDialect(start: string, extension: string): Dialect {
  const sample = start.slice(0, SAMPLE_CHARS);
  const whole = start.length < SAMPLE_CHARS;
  const preferred = extension === "tsv" || extension === "tab" ? "\t" : ",";
  let best = { delimiter: preferred, score: 0, records: records(sample, preferred, whole) };
  for (const delimiter of DELIMITERS) {
    const found = records(sample, delimiter, whole);
    const score = consistency(found) * (delimiter === preferred ? 1.1 : 1);
    if (score > best.score) best = { delimiter, score, records: found };
  }
  return { delimiter: best.delimiter, header: hasHeader(best.records.map((record) => record.fields)) };
}

function records(sample: string, delimiter: string, whole: boolean): CsvRecord[] {
  const found: CsvRecord[] = [];
  for (const record of new CsvParser(delimiter, Number.POSITIVE_INFINITY).push(sample, whole)) {
    if (!("fields" in record) || record.raw === "") continue;
    if (found.push(record) === SAMPLE_RECORDS) break;
  }
  return found;
}

/** Share of the rows that have the most frequent number of columns; 0 for a single column. */
function consistency(found: readonly CsvRecord[]): number {
  const counts = new Map<number, number>();
  for (const { fields } of found) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1);
  const [columns, rows] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [1, 0];
  return columns < 2 ? 0 : rows / found.length + Math.min(columns, 20) / 1_000;
}

/** Column names are short, different, and none of them is a number or a date; data rows hold one or are longer. */
function hasHeader(rows: readonly string[][]): boolean {
  const first = rows[0];
  if (!first) return false;
  const isName = (cell: string) =>
    cell.trim() !== "" && cell.length <= MAX_HEADER_CHARS && !/^[-+\d.,:/\s%$€]+$/.test(cell) && !/^https?:/.test(cell);
  // The first column of an exported index has no name.
  if (!first.every((cell, i) => isName(cell) || (i === 0 && cell === "" && first.length > 1))) return false;
  return new Set(first.map((cell) => cell.trim().toLowerCase())).size === first.length;
}
