/** Files of a tar archive, found by its headers; archives within it, too, when asked. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { MdpError, messageOf } from "../../core/errors.ts";

export interface TarFile {
  name: string;
  /** Where its bytes lie in the outermost archive. */
  offset: number;
  bytes: number;
}

const BLOCK = 512;
/** Long names and their like; what is larger is no name. */
const NAME_BYTES_MAX = 1 << 20;
const DEPTH_MAX = 16;

/**
 * The regular files of an archive in its order, empty ones too. With `nested` an archive `x.tar` in it counts as the
 * folder `x`, 16 deep at most; beyond that it is a file.
 *
 * @throws MdpError naming the archive when it is missing, cut or no tar
 */
export function tarFiles(path: string, nested: boolean): TarFile[] {
  try {
    const fd = openSync(path, "r");
    try {
      return [...filesIn(fd, 0, fstatSync(fd).size, "", nested ? DEPTH_MAX : 0)];
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw new MdpError({
      code: "tar-unreadable",
      message: `the tar archive cannot be read (${messageOf(cause)})`,
      where: path,
      hint: "check it with `tar -tf`; compressed archives have to be unpacked first",
      cause,
    });
  }
}

/** The bytes of a file of an archive. */
export function readTarFile(path: string, { offset, bytes }: TarFile): Uint8Array {
  const fd = openSync(path, "r");
  try {
    return readAt(fd, offset, bytes);
  } finally {
    closeSync(fd);
  }
}

function* filesIn(fd: number, start: number, end: number, folder: string, depth: number): Generator<TarFile> {
  let longName: string | undefined;
  for (let at = start; at + BLOCK <= end; ) {
    const header = readAt(fd, at, BLOCK);
    if (header[0] === 0) return;
    checkSum(header, at);
    const bytes = numberIn(header, 124, 12);
    const type = String.fromCharCode(header[156]!);
    const offset = at + BLOCK;
    if (offset + bytes > end) throw new Error(`a file at byte ${at} goes beyond the end`);
    const name = longName ?? nameIn(header);
    longName = undefined;
    if (type === "L") longName = textIn(readAt(fd, offset, nameBytes(bytes)));
    else if (type === "x") longName = paxPath(readAt(fd, offset, nameBytes(bytes)));
    else if (type === "0" || type === "\0") {
      if (depth > 0 && name.endsWith(".tar"))
        yield* filesIn(fd, offset, offset + bytes, `${folder}${name.slice(0, -4)}/`, depth - 1);
      else yield { name: folder + name, offset, bytes };
    }
    at = offset + Math.ceil(bytes / BLOCK) * BLOCK;
  }
}

function nameBytes(bytes: number): number {
  if (bytes > NAME_BYTES_MAX) throw new Error(`a name of ${bytes} bytes`);
  return bytes;
}

function readAt(fd: number, offset: number, bytes: number): Uint8Array {
  const target = new Uint8Array(bytes);
  for (let done = 0; done < bytes; ) {
    const count = readSync(fd, target, done, bytes - done, offset + done);
    if (count === 0) throw new Error(`it ends at byte ${offset + done}`);
    done += count;
  }
  return target;
}

/** The checksum counts its own field as spaces. */
function checkSum(header: Uint8Array, at: number): void {
  const expected = numberIn(header, 148, 8);
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (sum !== expected) throw new Error(`no tar header at byte ${at}`);
}

function nameIn(header: Uint8Array): string {
  const isUstar = textIn(header.subarray(257, 262)) === "ustar";
  const prefix = isUstar ? textIn(header.subarray(345, 500)) : "";
  const name = textIn(header.subarray(0, 100));
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString("utf8");
}

/** Octal digits, or for large files binary behind a set first bit. */
function numberIn(header: Uint8Array, start: number, length: number): number {
  const field = header.subarray(start, start + length);
  if (field[0]! & 0x80) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  const digits = textIn(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error("a size that is no number");
  return Number.parseInt(digits || "0", 8);
}

/** The name in an extended header: lines of `<length> path=<name>`. */
function paxPath(bytes: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(Buffer.from(bytes).toString("utf8"))?.[1];
}
