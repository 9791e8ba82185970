/** The central directory of a zip archive: what is in it, and where. See PKWARE's APPNOTE 6.3.10. */
import { MdpError } from "../../../core/errors.ts";
import type { FormatInput } from "../format.ts";
import { MAX_MEMBERS } from "./unpack-limits.ts";

export interface ZipEntry {
  /** Path inside the archive, as it is written there; `/` between folders. */
  name: string;
  /** 0: stored, 8: deflated; others are not read. */
  method: number;
  encrypted: boolean;
  crc: number;
  packed: number;
  unpacked: number;
  /** Where its local header starts in the file. */
  at: number;
}

const END_BYTES = 22;
/** A comment of at most 65,535 bytes may follow the end record. */
const END_WITHIN = END_BYTES + 65_535 + 20;
const MAX_DIRECTORY_BYTES = 64_000_000;
const HEADER_BYTES = 46;

/** Entries in the order of the directory. @throws MdpError when it is no whole archive */
export async function readDirectory(input: FormatInput): Promise<ZipEntry[]> {
  const size = input.fileSize;
  const tailAt = Math.max(0, size - END_WITHIN);
  const tail = Buffer.from(await input.slice(tailAt, size));
  const end = findEnd(tail);
  if (end === -1) throw damagedZip("its directory is missing: the file is cut or damaged");
  let count = tail.readUInt16LE(end + 10);
  let bytes = tail.readUInt32LE(end + 12);
  let start = tail.readUInt32LE(end + 16);
  let endAt = tailAt + end;
  if (count === 0xffff || bytes === 0xffff_ffff || start === 0xffff_ffff) {
    const large = await largeEnd(input, tail, end);
    if (large) ({ count, bytes, start, endAt } = large);
  }
  // Other bytes may stand before the archive: a program that unpacks itself.
  const shift = endAt - bytes - start;
  if (shift < 0) throw damagedZip("its directory does not lie where its end says");
  if (count > MAX_MEMBERS || bytes > MAX_DIRECTORY_BYTES) {
    throw new MdpError({
      code: "archive-bomb",
      message: `the archive claims ${count} members in ${bytes} bytes, more than ${MAX_MEMBERS} in ${MAX_DIRECTORY_BYTES}`,
      hint: "unpack it yourself when you trust it, and ingest the folder",
    });
  }
  const directory = Buffer.from(await input.slice(start + shift, start + shift + bytes));
  return parseEntries(directory, count, shift);
}

function findEnd(tail: Buffer): number {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) === 0x0605_4b50 && at + END_BYTES + tail.readUInt16LE(at + 20) <= tail.length) return at;
  }
  return -1;
}

async function largeEnd(input: FormatInput, tail: Buffer, end: number) {
  const locator = end - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x0706_4b50) return undefined;
  const endAt = Number(tail.readBigUInt64LE(locator + 8));
  const record = Buffer.from(await input.slice(endAt, Math.min(endAt + 56, input.fileSize)));
  if (record.length < 56 || record.readUInt32LE(0) !== 0x0606_4b50) throw damagedZip("its zip64 record is damaged");
  return {
    count: Number(record.readBigUInt64LE(32)),
    bytes: Number(record.readBigUInt64LE(40)),
    start: Number(record.readBigUInt64LE(48)),
    endAt,
  };
}

const legacyNames = new TextDecoder("windows-1252");
const utf8Names = new TextDecoder("utf-8", { ignoreBOM: true });
const strictNames = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parseEntries(directory: Buffer, count: number, shift: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + HEADER_BYTES > directory.length || directory.readUInt32LE(at) !== 0x0201_4b50) {
      throw damagedZip(`entry ${i + 1} of its directory is damaged`);
    }
    const flags = directory.readUInt16LE(at + 8);
    const nameEnd = at + HEADER_BYTES + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const entry: ZipEntry = {
      name: nameOf(directory.subarray(at + HEADER_BYTES, nameEnd), (flags & 0x800) !== 0),
      method: directory.readUInt16LE(at + 10),
      encrypted: (flags & 0x41) !== 0,
      crc: directory.readUInt32LE(at + 16),
      packed: directory.readUInt32LE(at + 20),
      unpacked: directory.readUInt32LE(at + 24),
      at: directory.readUInt32LE(at + 42),
    };
    applyLarge(entry, directory.subarray(nameEnd, extraEnd));
    entry.at += shift;
    entries.push(entry);
    at = extraEnd + directory.readUInt16LE(at + 32);
  }
  return entries;
}

function nameOf(bytes: Uint8Array, utf8: boolean): string {
  const clean = (name: string) => name.replaceAll("\0", "").replaceAll("\\", "/").toWellFormed();
  if (utf8) return clean(utf8Names.decode(bytes));
  try {
    return clean(strictNames.decode(bytes));
  } catch {
    return clean(legacyNames.decode(bytes));
  }
}

/** Sizes beyond 4 GB stand in an extra field, in the order of those that overflow. */
function applyLarge(entry: ZipEntry, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let value = at + 4;
    for (const field of ["unpacked", "packed", "at"] as const) {
      if (entry[field] !== 0xffff_ffff || value + 8 > extra.length) continue;
      entry[field] = Number(extra.readBigUInt64LE(value));
      value += 8;
    }
    return;
  }
}

export function damagedZip(reason: string): MdpError {
  return new MdpError({
    code: "archive-damaged",
    message: `the archive cannot be read: ${reason}`,
    hint: "fetch or make it again; zip -FF may save what is left",
  });
}
