/** Reads files of JSON lines in large blocks and hashes the text of each line, without decoding lines where it can. */
import { isUtf8 } from "node:buffer";
import { readSync } from "node:fs";
import { MdpError } from "../../../core/errors.ts";
import { type Kernel, openKernel } from "../../../wasm/kernel.ts";
import { exactHash } from "../text/exact-hash.ts";
import { foldedTables, Words } from "../text/words.ts";

const BLOCK_BYTES = 4 << 20;
const maxLineBytes = 512 << 20;

export interface LineFields {
  /** Name of the member that holds the text, and of the one that identifies the document. */
  text: string;
  id: string;
}

/** What a line is: a document; nothing; no JSON object; an object without a text. */
export type LineKind = "document" | "blank" | "malformed" | "no-text";

/** The kernel's names for them; `undecided` lines are decoded. */
const kindOf: readonly (LineKind | "undecided")[] = ["document", "undecided", "blank", "malformed", "undecided"];

/** Where things lie in the kernel's memory, before the block. */
const RESULT = 0;
const NAMES = 64;
const KINDS = 8_192;
const LOWER = KINDS + 65_536;
const BLOCK = LOWER + 131_072;
/** Kernels read and write 16 bytes at once. */
const SLACK = 64;

export class JsonLines {
  /** The block that is read, and the line that `scan` looked at last: `bytes[start, end)` with its line end. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  start = 0;
  end = 0;
  /** The hash of the last document's text. */
  readonly hash = new Uint32Array(4);
  readonly #fields: LineFields;
  readonly #nameBytes: readonly [text: number, id: number];
  readonly #words: Words | undefined;
  readonly #kernel: Kernel | undefined;
  #result: Uint32Array = new Uint32Array(6);
  #capacity = 0;
  #blockEnd = 0;
  #fileEnds = false;
  /** What was decoded of the last line, when it had to be. */
  #decoded: Record<string, unknown> | undefined;

  /** With `normalize` texts are compared by their words alone, see `Words`. */
  constructor(fields: LineFields, normalize: boolean) {
    this.#fields = fields;
    this.#words = normalize ? new Words(true) : undefined;
    const names = [fields.text, fields.id].map((name) => Buffer.from(name));
    this.#nameBytes = [names[0]!.length, names[1]!.length];
    // Names that JSON writes with escapes are found by decoding.
    const plain = names.every((name) => name.length < 2_048 && !/["\\\u0000-\u001f]/.test(name.toString()));
    this.#kernel = plain ? openKernel("jsonl") : undefined;
    this.#reserve(BLOCK_BYTES);
    if (!this.#kernel) return;
    this.bytes.set(names[0]!, NAMES);
    this.bytes.set(names[1]!, NAMES + 2_048);
    if (!normalize) return;
    const { kinds, lower } = foldedTables();
    this.bytes.set(kinds, KINDS);
    this.bytes.set(new Uint8Array(lower.buffer), LOWER);
  }

  /**
   * Reads an open file, block by block of whole lines, `bytes[from, to)`; each is to be gone through with `scan` before
   * the next is asked for.
   */
  *blocks(fd: number, path: string): Generator<{ from: number; to: number }, void, undefined> {
    let filled = BLOCK;
    let first = true;
    this.#fileEnds = false;
    for (let position = 0; !this.#fileEnds; ) {
      if (filled === this.#capacityEnd()) this.#grow(path);
      const read = readSync(fd, this.bytes, filled, this.#capacityEnd() - filled, position);
      this.#fileEnds = read === 0;
      position += read;
      filled += read;
      const to = this.#fileEnds ? filled : this.bytes.lastIndexOf(10, filled - 1) + 1;
      if (to <= BLOCK) continue;
      this.start = BLOCK;
      this.end = first ? skipMark(this.bytes, BLOCK) : BLOCK;
      first = false;
      this.#blockEnd = to;
      yield { from: BLOCK, to };
      this.bytes.copyWithin(BLOCK, to, filled);
      filled = BLOCK + filled - to;
    }
  }

  /** Looks at the next line of the block; undefined when there is none. */
  scan(): LineKind | undefined {
    if (this.end >= this.#blockEnd) return undefined;
    this.start = this.end;
    this.#decoded = undefined;
    return this.#kernel ? this.#scanRaw(this.#kernel) : this.#scanDecoded(this.#lineEnd());
  }

  /** Where in `bytes` the value of the last document's id begins; -1 when it has none, or was decoded. */
  get idStart(): number {
    return this.#decoded || this.#result[4] === 0 ? -1 : this.#result[4]!;
  }

  /** The last line was decoded, so that the places of its members are not known. */
  get wasDecoded(): boolean {
    return this.#decoded !== undefined;
  }

  /** The id of the last document when it is a string or a number, as a string. */
  id(): string | undefined {
    const { id } = this.#fields;
    if (this.#decoded) return Object.hasOwn(this.#decoded, id) ? idOf(this.#decoded[id]) : undefined;
    const from = this.#result[4]!;
    return from === 0 ? undefined : idIn(utf8(this.bytes, from, this.#result[5]!));
  }

  #scanRaw(kernel: Kernel): LineKind {
    const [textBytes, idBytes] = this.#nameBytes;
    const code = kernel.exports.line!(this.start, this.#blockEnd, 1, NAMES, textBytes, NAMES + 2_048, idBytes, RESULT);
    const [lineEnd, from, to, escaped] = this.#result;
    const kind = kindOf[code]!;
    if (kind === "undecided") return this.#scanDecoded(lineEnd!);
    this.end = Math.min(lineEnd! + 1, this.#blockEnd);
    if (kind !== "document") return kind;
    if (from === 0) return "no-text";
    if (!escaped) return this.#hashBytes(kernel, from!, to!);
    const place = this.#scratch();
    const length = kernel.exports.decode!(from!, to!, place);
    return this.#hashBytes(kernel, place, place + length);
  }

  /** Hashes the UTF-8 at `[from, to)` of the kernel's memory. */
  #hashBytes(kernel: Kernel, from: number, to: number): LineKind {
    if (!this.#words) {
      const text = this.bytes.subarray(from, to);
      if (isUtf8(text)) exactHash(text, this.hash, 0);
      else this.#hashText(utf8(this.bytes, from, to));
      return "document";
    }
    const place = this.#scratch() + this.#capacityEnd() - BLOCK + SLACK;
    const units = kernel.exports.normalize!(from, to, KINDS, LOWER, place);
    if (units >= 0) exactHash(this.bytes.subarray(place, place + units * 2), this.hash, 0);
    else this.#hashText(utf8(this.bytes, from, to));
    return "document";
  }

  #hashText(text: string): void {
    if (!this.#words) {
      exactHash(text, this.hash, 0);
      return;
    }
    this.#words.split(text);
    exactHash(this.#words.units.subarray(0, this.#words.length), this.hash, 0);
  }

  #lineEnd(): number {
    const end = this.bytes.indexOf(10, this.start);
    return end < 0 || end >= this.#blockEnd ? this.#blockEnd : end;
  }

  /** The twin of the kernel: what it does without decoding, by decoding. */
  #scanDecoded(lineEnd: number): LineKind {
    this.end = Math.min(lineEnd + 1, this.#blockEnd);
    const line = utf8(this.bytes, this.start, lineEnd);
    if (/^[ \t\r]*$/.test(line)) return "blank";
    const value = parsed(line);
    if (value === undefined) return "malformed";
    this.#decoded = value;
    const text = Object.hasOwn(value, this.#fields.text) ? value[this.#fields.text] : undefined;
    if (typeof text !== "string") return "no-text";
    this.#hashText(text);
    return "document";
  }

  #capacityEnd(): number {
    return BLOCK + this.#capacity;
  }

  /** Where decoded text goes: after the block. */
  #scratch(): number {
    return this.#capacityEnd() + SLACK;
  }

  #grow(path: string): void {
    if (this.#capacity >= maxLineBytes) {
      throw new MdpError({
        code: "line-too-long",
        message: `a line is longer than ${maxLineBytes} bytes`,
        where: path,
        hint: "split the file into lines, one JSON object on each",
      });
    }
    this.#reserve(this.#capacity * 2);
  }

  /** Room for a block of `capacity` bytes, as much for decoded text, and twice that for its words. */
  #reserve(capacity: number): void {
    this.#capacity = capacity;
    if (this.#kernel) {
      this.#kernel.reserve(BLOCK + capacity * 4 + SLACK * 3);
      this.bytes = new Uint8Array(this.#kernel.memory.buffer as ArrayBuffer);
      this.#result = new Uint32Array(this.#kernel.memory.buffer, RESULT, 6);
      return;
    }
    const larger = new Uint8Array(BLOCK + capacity);
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

function utf8(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("utf8");
}

/** Past a byte order mark at the start of a file. */
function skipMark(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A member of a line that identifies it: a string, or a number as a string. */
export function memberOf(line: string, name: string): string | undefined {
  const value = parsed(line);
  return value && Object.hasOwn(value, name) ? idOf(value[name]) : undefined;
}

/** The id that a JSON value is. */
export function idIn(json: string): string | undefined {
  // Objects and arrays are no ids, and may be cut off.
  return /^[{[]/.test(json) ? undefined : idOf(JSON.parse(json));
}

function idOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : undefined;
}
