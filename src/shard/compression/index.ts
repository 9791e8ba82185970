/** Compression of whole shard files: streams of bytes in, streams of bytes out, the same bytes for the same contents. */
import { Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import { wholeZstd } from "../../core/zstd-frames.ts";
import type { compressionNames } from "../config.ts";
import { compressLz4, decompressLz4 } from "./lz4.ts";

export type Compression = (typeof compressionNames)[number];

/** What is added to a file's name. */
export const suffixOf: Readonly<Record<Compression, string>> = { none: "", zstd: ".zst", lz4: ".lz4", gzip: ".gz" };

/** The library's types do not know its zstd yet. */
const { createGunzip, createGzip, createZstdCompress, createZstdDecompress } = zlib as typeof zlib & {
  createZstdCompress(options: unknown): Transform;
  createZstdDecompress(): Transform;
};

/** A checksum at the end of the frame. */
const zstdOptions = { params: { [(zlib.constants as Record<string, number>).ZSTD_c_checksumFlag!]: 1 } };

/** What is compressed at once. */
const partBytes = 1 << 20;
/** Byte of a gzip header that names the system; it is set to "unknown". */
const gzipSystem = 9;

/** Compresses parts; the result depends on the bytes alone, not on where parts end. */
export async function* compress(parts: Iterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === "none") yield* parts;
  else if (compression === "lz4") yield* compressLz4(parts);
  else if (compression === "zstd") yield* through(Readable.from(pieces(parts)), createZstdCompress(zstdOptions));
  else yield* withoutSystem(through(Readable.from(pieces(parts)), createGzip()));
}

/** The contents of a compressed stream. @throws an error when it is damaged or cut */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncIterable<Uint8Array> {
  if (compression === "none") yield* source;
  else if (compression === "lz4") yield* decompressLz4(source);
  else if (compression === "zstd") yield* through(Readable.from(wholeZstd(source, "one")), createZstdDecompress());
  else yield* through(Readable.from(source), createGunzip());
}

async function* through(source: Readable, transform: Transform): AsyncIterable<Uint8Array> {
  source.on("error", (error) => transform.destroy(error));
  yield* source.pipe(transform) as AsyncIterable<Uint8Array>;
}

/** The bytes in pieces of one size; each is a copy, as it is used after the next was made. */
function* pieces(parts: Iterable<Uint8Array>): Iterable<Uint8Array> {
  let piece = new Uint8Array(partBytes);
  let filled = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      const taken = part.subarray(at, at + partBytes - filled);
      piece.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled < partBytes) continue;
      yield piece;
      piece = new Uint8Array(partBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

async function* withoutSystem(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let position = 0;
  for await (const part of source) {
    if (position <= gzipSystem && position + part.length > gzipSystem) part[gzipSystem - position] = 0xff;
    position += part.length;
    yield part;
  }
}
