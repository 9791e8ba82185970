/** Files that are compressed as a whole, `rows.jsonl.gz`: read as what is inside. */
import { Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import { MdpError, messageOf } from "../../core/errors.ts";
import { wholeZstd } from "../../core/zstd-frames.ts";
import { HEAD_BYTES } from "../formats/format.ts";

export type Packing = "gzip" | "zstd";

const ENDINGS: Readonly<Record<Packing, RegExp>> = { gzip: /\.(gz(ip)?|tgz)$/i, zstd: /\.zstd?$/i };
/** Parallel compressors begin a zstd file with a frame that tells of the next; the lowest bits of its number are free. */
const BEGINS: Readonly<Record<Packing, (head: Uint8Array) => boolean>> = {
  gzip: (head) => startsWith(head, [0x1f, 0x8b]),
  zstd: (head) =>
    startsWith(head, [0x28, 0xb5, 0x2f, 0xfd]) ||
    (((head[0] ?? 0) & 0xf0) === 0x50 && startsWith(head.subarray(1), [0x2a, 0x4d, 0x18])),
};
const startsWith = (head: Uint8Array, bytes: readonly number[]) => bytes.every((byte, i) => head[i] === byte);

/** The library's types do not know its zstd yet. */
const { createZstdDecompress } = zlib as typeof zlib & { createZstdDecompress(): Transform };

/** How a file is compressed, by its first bytes and its name; archives of many files turn out to be that inside. */
export function packingOf(head: Uint8Array, name: string): Packing | undefined {
  return (Object.keys(ENDINGS) as Packing[]).find((packing) => ENDINGS[packing].test(name) && BEGINS[packing](head));
}

/** The name without the ending that tells of the compression. */
export function unpackedName(name: string, packing: Packing): string {
  return name.replace(ENDINGS[packing], name.toLowerCase().endsWith(".tgz") ? ".tar" : "");
}

/** What is inside. @throws MdpError when the file is damaged or cut */
export async function* unpack(
  bytes: AsyncIterable<Uint8Array>,
  packing: Packing,
): AsyncGenerator<Uint8Array, void, undefined> {
  // A part is reused by its owner as soon as the next is asked for, and the stream asks ahead.
  const copies = async function* () {
    for await (const part of bytes) yield part.slice();
  };
  const source = Readable.from(packing === "zstd" ? wholeZstd(copies(), "many") : copies());
  const transform = packing === "zstd" ? createZstdDecompress() : zlib.createGunzip();
  source.on("error", (error) => transform.destroy(error));
  try {
    yield* source.pipe(transform) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new MdpError({
      code: "archive-damaged",
      message: `the compressed file is damaged: ${messageOf(cause)}`,
      hint: "fetch or compress it again",
      cause,
    });
  } finally {
    source.destroy();
    transform.destroy();
  }
}

/** The first bytes of what is inside. */
export async function unpackedHead(bytes: AsyncIterable<Uint8Array>, packing: Packing): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of unpack(bytes, packing)) {
    parts.push(part);
    length += part.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, HEAD_BYTES);
}
