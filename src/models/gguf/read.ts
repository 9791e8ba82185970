/**
 * The header of a GGUF file. Nothing in it is believed before the file's size has been asked: a length is never
 * allocated, and a count never looped over, beyond what the rest of the file can hold.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { MdpError, messageOf } from "../../core/errors.ts";
import {
  badGguf,
  DEFAULT_ALIGNMENT,
  type GgufTensor,
  MAGIC,
  type MetadataValue,
  type ScalarKind,
  scalarBytes,
  tensorBlocks,
  tensorTypeOf,
  tensorTypes,
  unknownTypeName,
  unsupportedGguf,
  type ValueKind,
  valueKinds,
} from "./format.ts";

/** A GGUF file that is open; dispose of it to close it. */
export interface GgufFile extends Disposable {
  path: string;
  version: number;
  metadata: ReadonlyMap<string, MetadataValue>;
  /** In the file's order. */
  tensors: readonly GgufTensor[];
  /** Fills a buffer from a position. @throws MdpError when the file ends before */
  read(into: Uint8Array, position: number): void;
}

const LIMITS = { keys: 65_536, tensors: 65_536, name: 4096, text: 2 ** 24, items: 2 ** 24, dimensions: 4 } as const;
const PIECE_BYTES = 2 ** 16;

/** @throws MdpError for a file that cannot be read, is damaged, or has tensors of a type that is not supported */
export function openGguf(path: string): GgufFile {
  const descriptor = open(path);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw badGguf(path, "this is not a regular file");
    const read = (into: Uint8Array, position: number) => {
      for (let done = 0; done < into.length; ) {
        const count = readSync(descriptor, into, done, into.length - done, position + done);
        if (count === 0) throw badGguf(path, `it ends at byte ${position + done}`);
        done += count;
      }
    };
    const header = readHeader(new Cursor(path, stat.size, read));
    return { path, ...header, read, [Symbol.dispose]: () => closeSync(descriptor) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function open(path: string): number {
  try {
    // Without waiting: a named pipe would block until someone writes to it.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const message = `the GGUF file cannot be opened (${messageOf(cause)})`;
    throw new MdpError({ code: "gguf-unreadable", message, where: path, hint: "check the path", cause });
  }
}

function readHeader(cursor: Cursor): Pick<GgufFile, "version" | "metadata" | "tensors"> {
  const { path } = cursor;
  if (cursor.text(MAGIC.length) !== MAGIC) throw badGguf(path, `it does not begin with "${MAGIC}"`);
  const version = cursor.scalar("u32");
  if ((version & 0xffff) === 0) {
    throw unsupportedGguf(path, "the file's numbers are big-endian", "convert it on a little-endian machine");
  }
  if (version !== 2 && version !== 3) {
    throw unsupportedGguf(path, `version ${version} of GGUF is not supported`, "convert the model to version 3");
  }
  const tensorCount = cursor.count("tensors", LIMITS.tensors, 8 + 4 + 4 + 8);
  const keyCount = cursor.count("keys", LIMITS.keys, 8 + 4 + 1);
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < keyCount; i++) {
    const key = cursor.string("a key", LIMITS.name);
    if (metadata.has(key)) throw badGguf(path, `the key ${shown(key)} stands twice`);
    metadata.set(key, readValue(cursor, kindOf(cursor, key), key));
  }
  const found = Array.from({ length: tensorCount }, () => readTensor(cursor));
  const alignment = metadata.get("general.alignment") ?? DEFAULT_ALIGNMENT;
  if (
    typeof alignment !== "number" ||
    alignment < 1 ||
    alignment > 2 ** 20 ||
    !Number.isInteger(Math.log2(alignment))
  ) {
    throw badGguf(path, `the alignment is ${String(alignment).slice(0, 50)}, not a power of two up to ${2 ** 20}`);
  }
  const start = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = found.map((tensor) => ({ ...tensor, position: tensor.position + start }));
  checkPlaces(cursor, tensors, start, alignment);
  return { version, metadata, tensors };
}

function kindOf(cursor: Cursor, key: string): ValueKind {
  const code = cursor.scalar("u32");
  const kind = valueKinds[code];
  if (kind === undefined) throw badGguf(cursor.path, `${shown(key)} has a value of the unknown kind ${code}`);
  return kind;
}

function readValue(cursor: Cursor, kind: ValueKind, key: string): MetadataValue {
  if (kind === "string") return cursor.string(shown(key), LIMITS.text);
  if (kind === "bool") return cursor.scalar("bool") === 1;
  if (kind !== "array") return cursor.scalar(kind);
  const items = kindOf(cursor, key);
  if (items === "array")
    throw unsupportedGguf(cursor.path, `${shown(key)} is an array of arrays`, "convert the model again");
  if (items === "string") {
    const count = cursor.count(shown(key), LIMITS.items, 8);
    const texts: string[] = [];
    for (let i = 0; i < count; i++) texts.push(cursor.string(`${shown(key)}[${i}]`, LIMITS.text));
    return texts;
  }
  const numbers = new Float64Array(cursor.count(shown(key), LIMITS.items, scalarBytes[items]));
  for (let i = 0; i < numbers.length; i++) numbers[i] = cursor.scalar(items);
  return numbers;
}

/** Its position still counts from the start of the data. */
function readTensor(cursor: Cursor): GgufTensor {
  const { path } = cursor;
  const name = cursor.string("a tensor's name", LIMITS.name);
  const dimensions = cursor.scalar("u32");
  if (dimensions < 1 || dimensions > LIMITS.dimensions)
    throw badGguf(path, `${shown(name)} has ${dimensions} dimensions`);
  const shape = Array.from({ length: dimensions }, () => cursor.scalar("u64")).reverse();
  const code = cursor.scalar("u32");
  const type = tensorTypeOf(code);
  if (type === undefined) {
    const reason = `the tensor ${shown(name)} has the type ${unknownTypeName(code)}, which is not supported`;
    throw unsupportedGguf(path, reason, `take a file whose tensors are ${tensorTypes.join(", ")}`);
  }
  const { elements, bytes } = tensorBlocks[type];
  const size = shape.reduce((product, n) => product * n, 1);
  if (!shape.every((n) => n >= 1 && n < 2 ** 31) || !Number.isSafeInteger(size * 4)) {
    throw badGguf(path, `${shown(name)} has the shape [${shape}]`);
  }
  if (shape.at(-1)! % elements !== 0) {
    throw badGguf(
      path,
      `${shown(name)} has rows of ${shape.at(-1)}, which ${type} cannot divide into blocks of ${elements}`,
    );
  }
  return { name, type, shape, position: cursor.scalar("u64"), bytes: (size / elements) * bytes };
}

/** Each tensor lies in the file, aligned, in nobody else's place and under its own name. */
function checkPlaces(cursor: Cursor, tensors: readonly GgufTensor[], start: number, alignment: number): void {
  const { path, size } = cursor;
  const names = new Set<string>();
  for (const { name, position, bytes } of tensors) {
    if (names.has(name)) throw badGguf(path, `the tensor ${shown(name)} stands twice`);
    names.add(name);
    if ((position - start) % alignment !== 0)
      throw badGguf(path, `${shown(name)} begins at ${position}, not aligned to ${alignment}`);
    if (!(position + bytes <= size)) {
      throw badGguf(path, `${shown(name)} lies at ${position}–${position + bytes}, the file has ${size} bytes`);
    }
  }
  const ordered = [...tensors].sort((a, b) => a.position - b.position);
  for (let i = 1; i < ordered.length; i++) {
    const [before, after] = [ordered[i - 1]!, ordered[i]!];
    if (before.position + before.bytes > after.position) {
      throw badGguf(path, `${shown(before.name)} and ${shown(after.name)} overlap`);
    }
  }
}

/** A name from the file, cut for an error's text. */
function shown(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Reads forward through the file's beginning, a piece at a time. */
class Cursor {
  readonly path: string;
  readonly size: number;
  readonly #read: GgufFile["read"];
  #position = 0;
  #piece = new Uint8Array(0);
  #view = new DataView(this.#piece.buffer);
  #pieceStart = 0;

  constructor(path: string, size: number, read: GgufFile["read"]) {
    this.path = path;
    this.size = size;
    this.#read = read;
  }

  get position(): number {
    return this.#position;
  }

  /** A number; `bool` is 0 or 1. 64-bit numbers beyond 2^53 are an error, as they would not be exact. */
  scalar(kind: ScalarKind): number {
    const at = this.#take(scalarBytes[kind]);
    const view = this.#view;
    switch (kind) {
      case "u8":
        return view.getUint8(at);
      case "i8":
        return view.getInt8(at);
      case "bool":
        return this.#flag(view.getUint8(at));
      case "u16":
        return view.getUint16(at, true);
      case "i16":
        return view.getInt16(at, true);
      case "u32":
        return view.getUint32(at, true);
      case "i32":
        return view.getInt32(at, true);
      case "f32":
        return view.getFloat32(at, true);
      case "f64":
        return view.getFloat64(at, true);
      case "u64":
        return this.#exact(view.getBigUint64(at, true));
      case "i64":
        return this.#exact(view.getBigInt64(at, true));
    }
  }

  /** A number of things that take at least so many bytes each. */
  count(what: string, limit: number, bytesEach: number): number {
    const count = this.scalar("u64");
    const left = this.size - this.#position;
    if (count * bytesEach > left)
      throw badGguf(this.path, `it claims ${count} items of ${what}, with ${left} bytes left`);
    if (count > limit) throw badGguf(this.path, `it claims ${count} items of ${what}; the limit is ${limit}`);
    return count;
  }

  string(what: string, limit: number): string {
    const length = this.count(`bytes in ${what}`, limit, 1);
    return this.text(length, what);
  }

  text(length: number, what = "its beginning"): string {
    if (length > PIECE_BYTES) {
      const bytes = new Uint8Array(length);
      this.#check(length);
      this.#read(bytes, this.#position);
      this.#position += length;
      return this.#decode(bytes, what);
    }
    const at = this.#take(length);
    return this.#decode(this.#piece.subarray(at, at + length), what);
  }

  #decode(bytes: Uint8Array, what: string): string {
    try {
      return decoder.decode(bytes);
    } catch {
      throw badGguf(this.path, `${what} is not UTF-8`);
    }
  }

  #flag(value: number): number {
    if (value > 1) throw badGguf(this.path, `a truth value at byte ${this.#position - 1} is ${value}`);
    return value;
  }

  #exact(value: bigint): number {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw badGguf(this.path, `the number ${value} before byte ${this.#position} is too large`);
  }

  #check(length: number): void {
    if (length > this.size - this.#position) {
      throw badGguf(this.path, `it ends within its header: ${this.size} bytes, ${this.#position + length} needed`);
    }
  }

  /** Where in the piece the next bytes are. */
  #take(length: number): number {
    this.#check(length);
    if (this.#position + length > this.#pieceStart + this.#piece.length) {
      this.#piece = new Uint8Array(Math.min(PIECE_BYTES + length, this.size - this.#position));
      this.#view = new DataView(this.#piece.buffer);
      this.#read(this.#piece, this.#position);
      this.#pieceStart = this.#position;
    }
    const at = this.#position - this.#pieceStart;
    this.#position += length;
    return at;
  }
}
