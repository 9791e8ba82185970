/** Splits the bytes of a JSON list into its elements, without parsing them and with bounded memory. */
import { Gatherer, type Piece } from "./bytes.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);
const BLANK = new Set([0x20, 0x09, 0x0d, 0x0a]);

/** Elements with the line on which they start. What follows the list is the last piece, when it is not blank. */
export async function* splitArray(
  parts: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Piece, void, undefined> {
  const gatherer = new Gatherer(limit);
  let depth = 0;
  let inString = false;
  let escaped = false;
  let line = 1;
  let startLine = 1;
  /** Something other than white space was seen of the current element. */
  let begun = false;

  for await (const part of parts) {
    let start = 0;
    for (let i = 0; i < part.length; i++) {
      const byte = part[i]!;
      if (byte === NEWLINE) line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      const ends = depth === 1 && (byte === COMMA || CLOSE.has(byte));
      if (ends) {
        const piece = gatherer.take(part.subarray(start, i), startLine);
        if (begun) yield piece;
        start = i + 1;
        begun = false;
      } else if (!begun && !BLANK.has(byte)) {
        begun = depth > 0 || !OPEN.has(byte);
        startLine = line;
      }
      if (byte === QUOTE) inString = true;
      else if (OPEN.has(byte)) {
        // The list's own bracket is no part of its first element.
        if (++depth === 1) start = i + 1;
      } else if (CLOSE.has(byte)) depth--;
    }
    if (start < part.length) gatherer.add(part.subarray(start));
  }
  const rest = gatherer.take(new Uint8Array(0), startLine);
  if (begun) yield rest;
}
