/** Streams of bytes as UTF-8 and as lines, with bounded memory. */
import iconv from "iconv-lite";
import type { FormatInput } from "../format.ts";
import { countUtf8, detectEncoding } from "./decode.ts";

/** The file as UTF-8 without a byte order mark. Single-byte encodings come through as they are. */
export async function* utf8Bytes(input: FormatInput): AsyncGenerator<Uint8Array, void, undefined> {
  const { encoding, skip } = detectEncoding(input.head);
  // A stretch behind the beginning has no byte order mark, and is never of a wide encoding.
  if (input.inside) {
    yield* input.bytes();
    return;
  }
  if (!encoding.startsWith("utf-16") && !encoding.startsWith("utf-32")) {
    yield* skipBytes(input.bytes(), skip);
    return;
  }
  const decoder = iconv.getDecoder(encoding, { stripBOM: false });
  for await (const part of skipBytes(input.bytes(), skip)) {
    const text = decoder.write(Buffer.from(part));
    if (text !== "") yield Buffer.from(text);
  }
  const rest = decoder.end();
  if (rest) yield Buffer.from(rest);
}

/**
 * The file as text, in parts. A file that starts as plain ASCII shows its encoding only where the first other byte
 * stands, so the choice between UTF-8 and a legacy encoding is made there.
 */
export async function* decodedParts(input: FormatInput): AsyncGenerator<string, void, undefined> {
  const { encoding, skip } = detectEncoding(input.head);
  let decoder = encoding === "utf-8" ? undefined : iconv.getDecoder(encoding, { stripBOM: false });
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  let settled = false;
  for await (const part of skipBytes(input.bytes(), skip)) {
    if (!decoder && !settled) {
      const { strays, sequences } = countUtf8(part);
      settled = strays + sequences > 0;
      const legacy = strays > 0 ? detectEncoding(part).encoding : "utf-8";
      if (legacy !== "utf-8") decoder = iconv.getDecoder(legacy, { stripBOM: false });
    }
    const text = decoder ? decoder.write(Buffer.from(part)) : utf8.decode(part, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder ? decoder.end() : utf8.decode();
  if (rest) yield rest;
}

async function* skipBytes(
  parts: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  for await (const part of parts) {
    if (left >= part.length) left -= part.length;
    else yield left > 0 ? part.subarray(left) : part;
    left = Math.min(left, 0);
  }
}

/** One record of a stream: its bytes, or how many there were when it was longer than the limit. */
export type Piece = { line: number; bytes: Uint8Array } | { line: number; tooLong: number; start: Uint8Array };

/** How much of an overlong record is kept, to show it. */
const KEPT_BYTES = 500;

/** Gathers the bytes of one record over several parts, and lets go of them once they exceed the limit. */
export class Gatherer {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /** Keeps a copy: `part` is reused by its owner. */
  add(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length <= this.#limit) this.#parts.push(part.slice());
    else if (this.#parts.length > 0) {
      const first = this.#parts[0]!;
      this.#parts = first.length > KEPT_BYTES ? [first.slice(0, KEPT_BYTES)] : [first];
    } else {
      this.#parts = [part.slice(0, KEPT_BYTES)];
    }
  }

  /** The record with its last part, which is not copied. */
  take(last: Uint8Array, line: number): Piece {
    const total = this.#length + last.length;
    const parts = this.#parts;
    this.#parts = [];
    this.#length = 0;
    if (total > this.#limit) return { line, tooLong: total, start: (parts[0] ?? last).slice(0, KEPT_BYTES) };
    if (parts.length === 0) return { line, bytes: last };
    parts.push(last);
    return { line, bytes: Buffer.concat(parts, total) };
  }
}

/** The lines of a stream, without their newline. A line's bytes are valid until the next one is asked for. */
export async function* splitLines(
  parts: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Piece, void, undefined> {
  const gatherer = new Gatherer(limit);
  let line = 1;
  for await (const part of parts) {
    let start = 0;
    for (let end = part.indexOf(10); end !== -1; end = part.indexOf(10, start)) {
      yield gatherer.take(part.subarray(start, end), line++);
      start = end + 1;
    }
    if (start < part.length) gatherer.add(part.subarray(start));
  }
  if (gatherer.length > 0) yield gatherer.take(new Uint8Array(0), line);
}
