/** One JSON value of a file of rows, checked. */
import { messageOf } from "../../../core/errors.ts";
import type { FormatInput } from "../format.ts";
import type { Piece } from "./bytes.ts";
import { decodeText } from "./decode.ts";
import { type RowRead, rejectLongRow, rejectRow } from "./rows.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined for a blank record. */
export function parseRow(input: FormatInput, piece: Piece, number: number, limit: number): RowRead | undefined {
  const { line } = piece;
  if ("tooLong" in piece) {
    return rejectLongRow(input, { number, line }, piece.tooLong, limit, Buffer.from(piece.start).toString("utf8"));
  }
  const { text, note } = decode(piece.bytes);
  if (/^\s*$/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") return { row: { number, line, values: { text: value }, note } };
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const values = value as Record<string, unknown>;
      return { row: { number, line, values, note, ...(text.includes("\n") ? { lines: keyLines(text, line) } : {}) } };
    }
    const reason = `the row is ${Array.isArray(value) ? "a list" : String(value)}, not an object`;
    return rejectRow(
      input,
      { number, line },
      { code: "row-not-object", reason, hint: "make each row {…}", excerpt: text },
    );
  } catch (error) {
    const reason = `the row is not JSON: ${messageOf(error)}`;
    const hint = "correct the row; the other rows were read";
    return rejectRow(input, { number, line }, { code: "row-not-json", reason, hint, excerpt: text });
  }
}

function decode(bytes: Uint8Array): { text: string; note?: string | undefined } {
  try {
    return { text: strict.decode(bytes) };
  } catch {
    const { text, encoding, note } = decodeText(bytes);
    return { text, note: note ?? `read as ${encoding}` };
  }
}

/** The line of each key at the top level of an object that is written over several lines. */
function keyLines(text: string, line: number): Map<string, number> {
  const lines = new Map<string, number>();
  let depth = 0;
  // A record starts with its first character that is not blank.
  for (let at = text.search(/\S/), current = line; at < text.length; at++) {
    const char = text[at];
    if (char === "\n") current++;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    else if (char === '"') {
      const end = stringEnd(text, at);
      if (depth === 1 && /^\s*:/.test(text.slice(end, end + 50))) lines.set(JSON.parse(text.slice(at, end)), current);
      at = end - 1;
    }
  }
  return lines;
}

/** Where the string that starts at `at` ends, its closing quote included. */
function stringEnd(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}
