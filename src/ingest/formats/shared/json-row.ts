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
      return { row: { number, line, values: value as Record<string, unknown>, note } };
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
