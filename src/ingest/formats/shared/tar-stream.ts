/** A tar archive as a stream of its files: ustar, with the long names and sizes of GNU tar and pax. See POSIX pax. */
import { MdpError } from "../../../core/errors.ts";
import { type Allowance, countBytes } from "./unpack-limits.ts";

export interface TarEntry {
  name: string;
  size: number;
}

const BLOCK = 512;
/** Longest name and longest list of attributes that are believed. */
const MAX_EXTENSION_BYTES = 1_000_000;

export class TarStream {
  readonly #parts: AsyncIterator<Uint8Array>;
  readonly #packed: number;
  readonly #left: Allowance;
  /** What is left of the part that was read last. */
  #part: Uint8Array = new Uint8Array(0);
  #total = 0;
  /** Bytes of the current file that were not read yet, and of the padding behind it. */
  #content = 0;
  #padding = 0;
  #any = false;

  /** `packed` is the size of the file on disk. */
  constructor(parts: AsyncIterable<Uint8Array>, packed: number, left: Allowance) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#packed = packed;
    this.#left = left;
  }

  /** The next plain file, past what is left of the one before; undefined at the end. */
  async next(): Promise<TarEntry | undefined> {
    let name: string | undefined;
    let size: number | undefined;
    while (true) {
      await this.#skip(this.#content + this.#padding);
      const header = await this.#take(BLOCK);
      // Two blocks of zeros end an archive; one, or none, is common too.
      if (header.length === 0 || header.every((byte) => byte === 0)) return undefined;
      if (header.length < BLOCK) throw damaged("it ends within a header");
      if (!sumIsRight(header)) throw damaged(this.#any ? "a header is damaged" : "it does not start with a header");
      this.#any = true;
      const type = String.fromCharCode(header[156]!);
      this.#start(
        type === "x" || type === "g" || type === "L" || type === "K" ? sizeIn(header) : (size ?? sizeIn(header)),
      );
      if (type === "L") name = textIn(await this.#extension());
      else if (type === "x") {
        const attributes = paxAttributes(await this.#extension());
        name = attributes.get("path") ?? name;
        size = numberOf(attributes.get("size")) ?? size;
      } else if (type === "0" || type === "\0" || type === "7") {
        return { name: name ?? nameIn(header), size: this.#content };
      } else if (type !== "g" && type !== "K") {
        // Links, folders and devices hold nothing to read.
        name = undefined;
        size = undefined;
      }
    }
  }

  /** The bytes of the file that `next` told of. */
  async *content(): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#content > 0) {
      const part = await this.#some(this.#content);
      if (part.length === 0) throw damaged("it ends within a file");
      this.#content -= part.length;
      yield part;
    }
  }

  async close(): Promise<void> {
    await this.#parts.return?.();
  }

  #start(size: number): void {
    this.#content = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
  }

  async #extension(): Promise<Uint8Array> {
    if (this.#content > MAX_EXTENSION_BYTES) throw damaged("a name in it is longer than a million bytes");
    const bytes = await this.#take(this.#content);
    this.#content = 0;
    return bytes;
  }

  async #skip(count: number): Promise<void> {
    this.#content = 0;
    this.#padding = 0;
    for (let left = count; left > 0; ) {
      const part = await this.#some(left);
      if (part.length === 0) return;
      left -= part.length;
    }
  }

  /** Exactly `count` bytes, fewer only at the end. */
  async #take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < count) {
      const part = await this.#some(count - length);
      if (part.length === 0) break;
      parts.push(part.slice());
      length += part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length);
  }

  /** At most `count` bytes of what comes next; none at the end. */
  async #some(count: number): Promise<Uint8Array> {
    while (this.#part.length === 0) {
      const { done, value } = await this.#parts.next();
      if (done) return this.#part;
      this.#part = value;
      this.#total += value.length;
      countBytes(this.#left, value.length, this.#total, this.#packed);
    }
    const some = this.#part.subarray(0, count);
    this.#part = this.#part.subarray(some.length);
    return some;
  }
}

function sumIsRight(header: Uint8Array): boolean {
  const told = Number.parseInt(textIn(header.subarray(148, 156)).trim(), 8);
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : header[i]!;
  return sum === told;
}

function sizeIn(header: Uint8Array): number {
  const field = header.subarray(124, 136);
  // A set highest bit tells of a binary number, for sizes beyond 8 GB.
  const size =
    (field[0]! & 0x80) !== 0
      ? field.subarray(1).reduce((value, byte) => value * 256 + byte, field[0]! & 0x7f)
      : Number.parseInt(textIn(field).trim() || "0", 8);
  if (!Number.isSafeInteger(size) || size < 0) throw damaged("a file in it claims no possible size");
  return size;
}

function nameIn(header: Uint8Array): string {
  const isUstar = textIn(header.subarray(257, 263)) === "ustar";
  const prefix = isUstar ? textIn(header.subarray(345, 500)) : "";
  const name = textIn(header.subarray(0, 100));
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Up to the first NUL. */
function textIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end)).toWellFormed();
}

/** Records `length key=value\n`, where the length counts itself. */
function paxAttributes(bytes: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = space === -1 ? 0 : Number(textIn(bytes.subarray(at, space)));
    if (!(length > 0)) break;
    const record = textIn(bytes.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    if (equals > 0) found.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return found;
}

function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function damaged(reason: string): MdpError {
  return new MdpError({
    code: "archive-damaged",
    message: `the archive cannot be read: ${reason}`,
    hint: "fetch or make it again",
  });
}
