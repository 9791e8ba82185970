/** Zip archives, member by member: each is unfolded in parts, checked, and held to the limits. */
import { crc32, createInflateRaw } from "node:zlib";
import { MdpError, messageOf } from "../../../core/errors.ts";
import type { FormatInput } from "../format.ts";
import { tooLarge } from "./document.ts";
import { type Allowance, countBytes } from "./unpack-limits.ts";
import { damagedZip, readDirectory, type ZipEntry } from "./zip-directory.ts";

export type { ZipEntry };

export interface ZipArchive {
  entries: readonly ZipEntry[];
  /** By path; the last one of equal names counts, as in other readers. */
  find(name: string): ZipEntry | undefined;
  /** The member in parts. Fails on the part that exceeds a limit, or at the end when its sum is wrong. */
  stream(entry: ZipEntry): AsyncGenerator<Uint8Array, void, undefined>;
  /** The whole member, of at most `limit` bytes. */
  read(entry: ZipEntry, limit: number): Promise<Uint8Array>;
}

const PART_BYTES = 1 << 18;
const LOCAL_BYTES = 30;

/** @throws MdpError when it is no whole archive */
export async function openZip(input: FormatInput, left: Allowance): Promise<ZipArchive> {
  const entries = await readDirectory(input);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const stream = (entry: ZipEntry) => unfold(input, entry, left);
  return {
    entries,
    find: (name) => byName.get(name.replace(/^\/+/, "")),
    stream,
    async read(entry, limit) {
      if (entry.unpacked > limit) throw tooLarge(entry.unpacked, limit);
      const parts: Uint8Array[] = [];
      let total = 0;
      for await (const part of stream(entry)) {
        total += part.length;
        if (total > limit) throw tooLarge(total, limit);
        parts.push(part);
      }
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total);
    },
  };
}

async function* unfold(
  input: FormatInput,
  entry: ZipEntry,
  left: Allowance,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (entry.encrypted) {
    throw new MdpError({
      code: "archive-encrypted",
      message: "it needs a password",
      hint: "save a copy without one",
    });
  }
  if (entry.method !== 0 && entry.method !== 8) {
    throw new MdpError({
      code: "archive-method",
      message: `it is packed by method ${entry.method}; stored and deflated members are read`,
      hint: "pack it again with zip",
    });
  }
  let sum = 0;
  let total = 0;
  for await (const part of entry.method === 0 ? packedParts(input, entry) : inflated(packedParts(input, entry))) {
    total += part.length;
    countBytes(left, part.length, total, entry.packed);
    sum = crc32(part, sum);
    yield part;
  }
  if (sum !== entry.crc || total !== entry.unpacked) {
    throw damagedZip(`${total} bytes came where ${entry.unpacked} should, or their sum differs`);
  }
}

/** The bytes between the member's local header and its end, each part in a buffer of its own. */
async function* packedParts(input: FormatInput, entry: ZipEntry): AsyncGenerator<Uint8Array, void, undefined> {
  const header = Buffer.from(await input.slice(entry.at, Math.min(entry.at + LOCAL_BYTES, input.fileSize)));
  if (header.length < LOCAL_BYTES || header.readUInt32LE(0) !== 0x0403_4b50) {
    throw damagedZip("a member does not lie where its directory says");
  }
  const start = entry.at + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const end = start + entry.packed;
  if (end > input.fileSize) throw damagedZip("a member reaches past the end of the file");
  for (let at = start; at < end; at += PART_BYTES) {
    const part = await input.slice(at, Math.min(end, at + PART_BYTES));
    if (part.length > 0) yield part;
  }
}

async function* inflated(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const inflate = createInflateRaw();
  const feeding = feed(inflate, parts);
  feeding.catch((error: unknown) => inflate.destroy(error as Error));
  try {
    yield* inflate as AsyncIterable<Uint8Array>;
    await feeding;
  } catch (cause) {
    if (cause instanceof MdpError) throw cause;
    throw damagedZip(messageOf(cause));
  } finally {
    inflate.destroy();
  }
}

/** Waits where the other side is slow, so that memory stays bounded. */
async function feed(inflate: ReturnType<typeof createInflateRaw>, parts: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const part of parts) {
    if (inflate.destroyed) return;
    if (inflate.write(part)) continue;
    await new Promise<void>((resolve) => {
      const done = () => {
        inflate.off("drain", done).off("close", done);
        resolve();
      };
      inflate.once("drain", done).once("close", done);
    });
  }
  inflate.end();
}
