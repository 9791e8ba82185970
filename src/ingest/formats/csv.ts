/** CSV and TSV: each row is a document; a ragged row is refused by its number. */
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { decodedParts } from "./shared/bytes.ts";
import { detectDialect } from "./shared/csv-dialect.ts";
import { CsvParser, type CsvProblem, type CsvRecord } from "./shared/csv-parser.ts";
import { decodeText } from "./shared/decode.ts";
import { extensionOf } from "./shared/extension.ts";
import { missingField } from "./shared/fields.ts";
import { extensions } from "./shared/names.ts";
import { type RowRead, readRows, rejectLongRow, rejectRow } from "./shared/rows.ts";

const csv: Format = {
  name: "csv",
  extensions: extensions.csv,
  binary: false,
  rows: true,
  read(input, options) {
    const dialect = detectDialect(decodeText(input.head).text, extensionOf(input.name));
    const described = `${NAMES[dialect.delimiter] ?? dialect.delimiter}, ${dialect.header ? "header" : "no header"}`;
    const rows = tableRows(input, options, dialect);
    return readRows(input, rows, { ...options, kind: "csv", dialect: described });
  },
};
export default csv;

const NAMES: Readonly<Record<string, string>> = { ",": "comma", "\t": "tab", ";": "semicolon", "|": "bar" };

interface Table {
  delimiter: string;
  header: boolean;
}

/** Rows are counted from the first row of data. */
async function* tableRows(input: FormatInput, options: ReadOptions, table: Table): AsyncGenerator<RowRead> {
  let columns: string[] | undefined;
  let number = 0;
  for await (const record of recordsOf(input, options, table.delimiter)) {
    if ("problem" in record) {
      yield refuse(input, ++number, record, options);
      continue;
    }
    if (record.raw.trim() === "" && columns?.length !== 1) continue;
    if (!columns) {
      columns = table.header ? nameColumns(record.fields) : record.fields.map((_, i) => `column${i + 1}`);
      for (const [field, setting] of [
        [options.textField, "--text-field"] as const,
        [options.idField, "--id-field"] as const,
      ]) {
        if (field !== undefined && !columns.includes(field)) throw missingField(field, columns, setting);
      }
      if (table.header) continue;
    }
    yield rowOf(input, ++number, record, columns);
  }
}

async function* recordsOf(
  input: FormatInput,
  options: ReadOptions,
  delimiter: string,
): AsyncGenerator<CsvRecord | CsvProblem> {
  const parser = new CsvParser(delimiter, options.maxDocumentBytes);
  for await (const part of decodedParts(input)) yield* parser.push(part);
  yield* parser.push("", true);
}

function rowOf(input: FormatInput, number: number, record: CsvRecord, columns: readonly string[]): RowRead {
  const { fields, lines, raw } = record;
  const line = lines[0]!;
  if (fields.length !== columns.length) {
    const reason = `the row has ${fields.length} fields, the table has ${columns.length} columns`;
    const hint = "correct the row, or put quotes around fields that hold the delimiter";
    return rejectRow(input, { number, line }, { code: "row-ragged", reason, hint, excerpt: raw });
  }
  const values: Record<string, string> = Object.create(null);
  const at = new Map<string, number>();
  for (const [i, name] of columns.entries()) {
    values[name] = fields[i]!;
    at.set(name, lines[i]!);
  }
  return { row: { number, line, values, lines: at, verbatim: true } };
}

function refuse(input: FormatInput, number: number, found: CsvProblem, options: ReadOptions): RowRead {
  const { line } = found;
  if (found.problem === "too-long") {
    return rejectLongRow(input, { number, line }, found.length, options.maxDocumentBytes, found.raw);
  }
  const reason = "a quote in the row is not closed, or is followed by more text";
  const hint = "double the quotes inside a quoted field";
  return rejectRow(input, { number, line }, { code: "row-quote", reason, hint, excerpt: found.raw });
}

/** Names as they are written, made different where they are not. */
function nameColumns(header: readonly string[]): string[] {
  const used = new Set<string>();
  return header.map((cell, i) => {
    let name = cell.trim() || `column${i + 1}`;
    while (used.has(name)) name = `${name}_${i + 1}`;
    used.add(name);
    return name;
  });
}
