/** Rows of a file to documents: fields chosen once per file, each row checked by itself. */
import type { Document, Read, Reject, Segment } from "../../../core/document.ts";
import { MdpError } from "../../../core/errors.ts";
import type { FormatInput, ReadOptions, RowText } from "../format.ts";
import { normalizeText } from "./decode.ts";
import { cleanTitle, tooLarge } from "./document.ts";
import {
  chooseFields,
  type Fields,
  fieldOf,
  languageOf,
  missingField,
  SAMPLE_ROWS,
  scalarOf,
  type Values,
} from "./fields.ts";
import { jsonOf, toMetadata } from "./metadata.ts";
import { SeenKeys } from "./seen-keys.ts";

export interface Row {
  /** 1-based. */
  number: number;
  /** 1-based source line on which the row starts. */
  line: number;
  values: Values;
  /** Line of each value, where values sit on lines of their own; the row's line otherwise. */
  lines?: ReadonlyMap<string, number>;
  /** Newlines in values are newlines of the source: tables, not JSON. */
  verbatim?: boolean;
  note?: string | undefined;
}

/** A row, or the reject that took its place. */
export type RowRead = { row: Row } | { reject: Reject };

interface RowsOptions extends ReadOptions {
  kind: string;
  dialect?: string;
  /** Rows of which fields are chosen, when those that are read are not the file's first. */
  sample?: AsyncIterable<RowRead>;
}

/** Documents of a stream of rows. */
export async function* readRows(
  input: FormatInput,
  rows: AsyncIterable<RowRead>,
  options: RowsOptions,
): AsyncGenerator<Read, void, undefined> {
  const seen = new SeenKeys();
  const waiting: RowRead[] = [];
  let fields: Fields | undefined;
  const settle = () => {
    const sample = waiting.flatMap((read) => ("row" in read ? [read.row.values] : []));
    fields = chooseFields(sample, options);
    const { textField, idField, titleField } = fields;
    const dialect = options.dialect === undefined ? {} : { dialect: options.dialect };
    if (sample.length > 0) options.onGuess?.({ textField, idField, titleField, ...dialect });
    return fields;
  };
  const convert = (read: RowRead, chosen: Fields): Read =>
    "reject" in read ? read : rowDocument(input, read.row, chosen, options, seen);

  if (options.sample) fields = await fieldsOfSample(options.sample, options);
  for await (const read of rows) {
    if (fields) {
      yield convert(read, fields);
    } else if (waiting.push(read) === SAMPLE_ROWS) {
      const chosen = settle();
      for (const early of waiting.splice(0)) yield convert(early, chosen);
    }
  }
  const chosen = fields ?? settle();
  for (const early of waiting) yield convert(early, chosen);
}

async function fieldsOfSample(rows: AsyncIterable<RowRead>, options: RowsOptions): Promise<Fields> {
  const sample: Values[] = [];
  let seen = 0;
  for await (const read of rows) {
    if ("row" in read) sample.push(read.row.values);
    if (++seen === SAMPLE_ROWS) break;
  }
  return chooseFields(sample, options);
}

function rowDocument(input: FormatInput, row: Row, fields: Fields, options: RowsOptions, seen: SeenKeys): Read {
  const made = madeText(input, row, options);
  if (made && "reject" in made) return made;
  const body = made ? { text: made.text, segments: [segmentAt(0, row, made.fields[0]!)] } : bodyOf(row, fields);
  if ("missing" in body) {
    const { code, message, hint } = missingField(body.missing, Object.keys(row.values), "--text-field");
    return rejectRow(input, row, { code, reason: message, hint, field: body.missing, excerpt: jsonOf(row.values) });
  }
  const key = fields.idField === null ? "" : scalarOf(fieldOf(row.values, fields.idField)).toWellFormed();
  const title = fields.titleField === null ? "" : cleanTitle(scalarOf(fieldOf(row.values, fields.titleField)));
  const { textField, titleField } = fields;
  const used = [titleField, ...(made?.fields ?? [textField])];
  const rest = Object.entries(row.values).filter(([name]) => !used.includes(name));
  const document: Document = {
    uri: `${input.uri}#${anchorOf(row, key, seen)}`,
    kind: made?.kind ?? options.kind,
    title: title || key.slice(0, 200) || `${input.name.toWellFormed()} row ${row.number}`,
    lang: fields.langField === null ? null : languageOf(row.values[fields.langField]),
    text: body.text,
    segments: body.segments,
    row: row.number,
    metadata: { ...toMetadata(Object.fromEntries(rest)), ...(row.note === undefined ? {} : { note: row.note }) },
  };
  return { document };
}

/** Rows are known by their id, so that they keep their identity when rows before them come and go. */
function anchorOf(row: Row, key: string, seen: SeenKeys): string {
  if (key === "") return `row=${row.number}`;
  const anchor = `id=${encodeURIComponent(key)}`;
  return seen.add(key) ? anchor : `${anchor}&row=${row.number}`;
}

/** Undefined for a row whose text is a field, or all of them. */
function madeText(input: FormatInput, row: Row, { rowText }: RowsOptions): RowText | { reject: Reject } | undefined {
  try {
    const made = rowText?.(row.values);
    return made ? { ...made, text: normalizeText(made.text).text } : undefined;
  } catch (error) {
    if (!(error instanceof MdpError)) throw error;
    const { code, message: reason, hint } = error;
    return rejectRow(input, row, { code, reason, hint, excerpt: jsonOf(row.values) });
  }
}

type Body = { text: string; segments: Segment[] } | { missing: string };

function bodyOf(row: Row, fields: Fields): Body {
  const value = fields.textField === null ? undefined : fieldOf(row.values, fields.textField);
  if (value === undefined || value === null) {
    if (fields.required) return { missing: fields.textField! };
    return writeOut(row);
  }
  const text = normalizeText(textOf(value)).text;
  return { text, segments: [segmentAt(0, row, fields.textField!)] };
}

/** Every field on a line of its own: `header: value`. */
function writeOut(row: Row): Body {
  const segments: Segment[] = [];
  let text = "";
  for (const [name, value] of Object.entries(row.values)) {
    if (value === null || value === undefined || value === "") continue;
    if (text !== "") text += "\n";
    segments.push(segmentAt(text.length, row, name));
    text += normalizeText(`${name}: ${textOf(value)}`).text;
  }
  return { text, segments };
}

function segmentAt(start: number, row: Row, field: string): Segment {
  return { start, line: row.lines?.get(field) ?? row.line, step: row.verbatim ? 1 : 0 };
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join("\n");
  return typeof value === "object" ? jsonOf(value) : String(value);
}

/** Longest part of an offending record that a reject shows. */
const EXCERPT_CHARS = 500;

export function rejectRow(
  input: FormatInput,
  row: { number: number; line: number },
  parts: Omit<Reject, "uri" | "row">,
): { reject: Reject } {
  const excerpt = parts.excerpt?.slice(0, EXCERPT_CHARS).toWellFormed();
  const where = row.line === row.number ? "" : ` (line ${row.line})`;
  return { reject: { ...parts, uri: input.uri, row: row.number, reason: `${parts.reason}${where}`, excerpt } };
}

export function rejectLongRow(
  input: FormatInput,
  row: { number: number; line: number },
  bytes: number,
  limit: number,
  start: string,
): { reject: Reject } {
  const { code, hint } = tooLarge(bytes, limit);
  const reason = `the row has at least ${bytes} bytes, more than the limit of ${limit}`;
  return rejectRow(input, row, { code, reason, hint, excerpt: start });
}
