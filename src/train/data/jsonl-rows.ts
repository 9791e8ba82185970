/** Rows of a JSONL file by number: only where they begin is kept, their contents are read again when asked for. */
import { closeSync, openSync, readSync } from "node:fs";
import { MdpError, messageOf } from "../../core/errors.ts";

const CHUNK = 1 << 20;
const NEWLINE = 10;
/** Longer lines are a mistake in the file, and could not become one string. */
const MAX_LINE = 256 << 20;

export type Row = Readonly<Record<string, unknown>>;

/** Open rows of one file. */
export interface JsonlRows extends Disposable {
  readonly path: string;
  readonly length: number;
  /** Of the whole file, in hex: computed while it is read for its lines. */
  readonly sha256: string;
  /** The row's object. @throws MdpError `bad-row` for a line that is none */
  read(row: number): Row;
  /** File and line, as `rows.jsonl:7`. */
  where(row: number): string;
}

/**
 * Finds the rows; lines of nothing but white space are none.
 *
 * @param check is given each row, and throws for one that cannot be used; without it no line is parsed before `read`
 * @throws MdpError `not-found`; `bad-row` for a line that is no JSON object, where there is a check
 */
export function openJsonl(path: string, check?: (row: Row, where: string) => void): JsonlRows {
  const file = opened(path);
  try {
    const lines = new LineList();
    const hash = new Bun.CryptoHasher("sha256");
    for (const { line, start, bytes } of linesOf(file, path, hash)) {
      const text = decode(bytes);
      if (text.trim() === "") continue;
      check?.(parseRow(text, `${path}:${line}`), `${path}:${line}`);
      lines.add(start, bytes.length, line);
    }
    return new OpenRows(path, file, lines, hash.digest("hex"));
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Rows from the first on, for those who look at a few. @throws MdpError as `openJsonl` */
export function* readJsonl(path: string): Generator<{ row: Row; where: string }> {
  const file = opened(path);
  try {
    for (const { line, bytes } of linesOf(file, path)) {
      const text = decode(bytes);
      if (text.trim() === "") continue;
      yield { row: parseRow(text, `${path}:${line}`), where: `${path}:${line}` };
    }
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new MdpError({ code: "not-found", message: `the file cannot be read: ${messageOf(error)}`, where: path });
  }
}

class OpenRows implements JsonlRows {
  readonly path: string;
  readonly sha256: string;
  readonly #file: number;
  readonly #lines: LineList;

  constructor(path: string, file: number, lines: LineList, sha256: string) {
    this.path = path;
    this.sha256 = sha256;
    this.#file = file;
    this.#lines = lines;
  }

  get length(): number {
    return this.#lines.length;
  }

  read(row: number): Row {
    const bytes = new Uint8Array(this.#lines.bytes[row]!);
    const got = readSync(this.#file, bytes, 0, bytes.length, this.#lines.starts[row]!);
    return parseRow(decode(bytes.subarray(0, got)), this.where(row));
  }

  where(row: number): string {
    return `${this.path}:${this.#lines.numbers[row]}`;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** 16 bytes a row. */
class LineList {
  starts = new Float64Array(1024);
  bytes = new Uint32Array(1024);
  numbers = new Uint32Array(1024);
  length = 0;

  add(start: number, bytes: number, number: number): void {
    if (this.length === this.starts.length) {
      this.starts = grown(this.starts, Float64Array);
      this.bytes = grown(this.bytes, Uint32Array);
      this.numbers = grown(this.numbers, Uint32Array);
    }
    this.starts[this.length] = start;
    this.bytes[this.length] = bytes;
    this.numbers[this.length++] = number;
  }
}

function grown<T extends Float64Array | Uint32Array>(old: T, kind: new (length: number) => T): T {
  const larger = new kind(old.length * 2);
  larger.set(old);
  return larger;
}

interface Line {
  /** From 1. */
  line: number;
  start: number;
  bytes: Uint8Array;
}

/** Lines without their ends; the bytes are good until the next one. @param hash is given all that is read */
function* linesOf(file: number, path: string, hash?: Bun.CryptoHasher): Generator<Line> {
  let buffer = new Uint8Array(CHUNK);
  let filled = 0;
  let base = 0;
  let line = 0;
  for (;;) {
    if (filled === buffer.length) {
      if (buffer.length >= MAX_LINE) throw tooLong(path, line + 1);
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
    const got = readSync(file, buffer, filled, buffer.length - filled, base + filled);
    hash?.update(buffer.subarray(filled, filled + got));
    const searched = filled;
    filled += got;
    let from = 0;
    let end = buffer.subarray(0, filled).indexOf(NEWLINE, searched);
    while (end >= 0) {
      yield { line: ++line, start: base + from, bytes: buffer.subarray(from, end) };
      from = end + 1;
      end = buffer.subarray(0, filled).indexOf(NEWLINE, from);
    }
    if (got === 0) {
      if (from < filled) yield { line: line + 1, start: base + from, bytes: buffer.subarray(from, filled) };
      return;
    }
    buffer.copyWithin(0, from, filled);
    filled -= from;
    base += from;
  }
}

const utf8 = new TextDecoder();
const decode = (bytes: Uint8Array): string => utf8.decode(bytes);

function parseRow(text: string, where: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRow(where, `the line is not valid JSON (${messageOf(error)})`, "write one JSON object a line");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  throw badRow(where, `the line is ${shown(value)}, not an object`, "write one JSON object a line");
}

/** A row that cannot be trained on. */
export function badRow(where: string, message: string, hint: string): MdpError {
  return new MdpError({ code: "bad-row", message, where, hint });
}

/** A value for an error: its JSON, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function tooLong(path: string, line: number): MdpError {
  return badRow(`${path}:${line}`, `the line is longer than ${MAX_LINE} bytes`, "write one JSON object a line");
}
