/** Lines and table rows of text files, read piece by piece, from the disk or from memory, gzip unpacked when asked. */
import { isAbsolute, join } from "node:path";
import { MdpError, messageOf } from "../../core/errors.ts";
import { vector } from "./array.ts";
import type { Sample } from "./sample.ts";

const NEWLINE = 10;
const RETURN = 13;

export interface TextSource {
  /** A path, or the bytes themselves. */
  from: string | Uint8Array;
  /** Whether they are gzip. */
  unzip: boolean;
  /** The byte to begin with, of what is not gzip. */
  start?: number;
}

/** A name below a prefix; an absolute name stays as it is. */
export function pathOf(name: string, prefix: string): string {
  return isAbsolute(name) ? name : join(prefix, name);
}

/** The lines of a text without their newline; a last line without one counts, too. */
export async function* lines(source: TextSource): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const group of lineGroups(source)) yield* group;
}

/** The same in groups, as they were read. */
export async function* lineGroups(source: TextSource): AsyncGenerator<Uint8Array[], void, undefined> {
  let parts: Uint8Array[] = [];
  for await (const part of pieces(source)) {
    const group: Uint8Array[] = [];
    let start = 0;
    for (let end = part.indexOf(NEWLINE); end !== -1; end = part.indexOf(NEWLINE, start)) {
      group.push(parts.length === 0 ? part.slice(start, end) : joined([...parts, part.subarray(start, end)]));
      parts = [];
      start = end + 1;
    }
    if (start < part.length) parts.push(part.slice(start));
    yield group;
  }
  if (parts.length > 0) yield [joined(parts)];
}

/** Samples of a table: the first record has the keys, each other one is a sample of texts. */
export async function* tableRows(
  source: TextSource,
  sep: string,
  quote: string,
): AsyncGenerator<Sample, void, undefined> {
  const where = typeof source.from === "string" ? source.from : "a text in memory";
  let keys: string[] | undefined;
  for await (const { fields, line } of records(source, sep, quote, where)) {
    if (!keys) {
      keys = fields.map((field) => field.toString("utf8"));
      continue;
    }
    if (fields.length !== keys.length) {
      throw malformed(where, line, `has ${fields.length} fields, the first line has ${keys.length}`);
    }
    yield Object.fromEntries(keys.map((key, i) => [key, vector(Uint8Array.from(fields[i]!))]));
  }
}

async function* pieces({ from, unzip, start = 0 }: TextSource): AsyncGenerator<Uint8Array, void, undefined> {
  const whole = typeof from === "string" ? Bun.file(from) : new Blob([Uint8Array.from(from)]);
  const bytes = (start === 0 ? whole : whole.slice(start)).stream();
  const stream = unzip ? bytes.pipeThrough(new DecompressionStream("gzip")) : bytes;
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new MdpError({
      code: "file-unreadable",
      message: `the text cannot be read (${messageOf(cause)})`,
      where: typeof from === "string" ? from : undefined,
      hint: unzip ? "with unzip the file has to be gzip" : undefined,
      cause,
    });
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

interface TableRecord {
  fields: Buffer[];
  line: number;
}

/** Records of RFC 4180 with any separator and quote; a record may go over several lines. Empty lines are none. */
async function* records(source: TextSource, sep: string, quote: string, where: string): AsyncGenerator<TableRecord> {
  let number = 0;
  let first = 0;
  let open: Uint8Array[] = [];
  let marks = 0;
  const [separator, mark] = [sep.charCodeAt(0), quote.charCodeAt(0)];
  for await (const line of lines(source)) {
    number++;
    if (open.length === 0) first = number;
    open.push(line);
    // A quoted field goes on in the next line exactly when the marks so far are odd in number.
    marks += countOf(line, mark);
    if (marks % 2 === 1) continue;
    marks = 0;
    const text = Buffer.concat(open.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from("\n"), part])));
    open = [];
    const end = text.at(-1) === RETURN ? text.length - 1 : text.length;
    if (end > 0) yield { fields: fieldsOf(text.subarray(0, end), separator, mark, where, first), line: number };
  }
  if (open.length > 0) throw malformed(where, first, "begins a quoted field that does not end");
}

function countOf(bytes: Uint8Array, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) count++;
  return count;
}

function fieldsOf(text: Buffer, separator: number, mark: number, where: string, line: number): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at <= text.length; ) {
    if (text[at] !== mark) {
      const found = text.indexOf(separator, at);
      const end = found === -1 ? text.length : found;
      const field = text.subarray(at, end);
      if (field.includes(mark)) throw malformed(where, line, "has a quote inside a field without quotes");
      fields.push(field);
      at = end + 1;
      continue;
    }
    const parts: Buffer[] = [];
    let start = at + 1;
    let end = text.indexOf(mark, start);
    for (; text[end + 1] === mark; end = text.indexOf(mark, start)) {
      parts.push(text.subarray(start, end + 1));
      start = end + 2;
    }
    fields.push(Buffer.concat([...parts, text.subarray(start, end)]));
    at = end + 1;
    if (at < text.length && text[at] !== separator) throw malformed(where, line, "goes on behind a closing quote");
    at++;
  }
  return fields;
}

function malformed(where: string, line: number, what: string): MdpError {
  return new MdpError({
    code: "table-malformed",
    message: `line ${line} ${what}`,
    where: `${where}:${line}`,
    hint: "correct the line, or give the separator and the quote that the table has",
  });
}
