/** Compression of whole shard files: streams of bytes in, streams of bytes out, the same bytes for the same contents. */
import { Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { compressionNames } from "../config.ts";
import { compressLz4, decompressLz4 } from "./lz4.ts";

export type Compression = (typeof compressionNames)[number];

/** What is added to a file's name. */
export const suffixOf: Readonly<Record<Compression, string>> = { none: "", zstd: ".zst", lz4: ".lz4", gzip: ".gz" };

/** The library's types do not know its zstd yet. */
const { createGunzip, createGzip, createZstdCompress, createZstdDecompress } = zlib as typeof zlib & {
  createZstdCompress(): Transform;
  createZstdDecompress(): Transform;
};

/** Parts are cut to this size, so that a large one does not stop everything else. */
const partBytes = 1 << 20;
/** Byte of a gzip header that names the system; it is set to "unknown". */
const gzipSystem = 9;

/** Compresses parts in order. */
export async function* compress(parts: Iterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === "none") yield* parts;
  else if (compression === "lz4") yield* compressLz4(parts);
  else if (compression === "zstd") yield* through(Readable.from(pieces(parts)), createZstdCompress());
  else yield* withoutSystem(through(Readable.from(pieces(parts)), createGzip()));
}

/** The contents of a compressed stream. @throws the library's error when it is damaged or cut */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncIterable<Uint8Array> {
  if (compression === "none") yield* source;
  else if (compression === "lz4") yield* decompressLz4(source);
  else yield* through(Readable.from(source), compression === "zstd" ? createZstdDecompress() : createGunzip());
}

async function* through(source: Readable, transform: Transform): AsyncIterable<Uint8Array> {
  source.on("error", (error) => transform.destroy(error));
  yield* source.pipe(transform) as AsyncIterable<Uint8Array>;
}

function* pieces(parts: Iterable<Uint8Array>): Iterable<Uint8Array> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += partBytes) yield part.subarray(at, at + partBytes);
  }
}

async function* withoutSystem(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let position = 0;
  for await (const part of source) {
    if (position <= gzipSystem && position + part.length > gzipSystem) part[gzipSystem - position] = 0xff;
    position += part.length;
    yield part;
  }
}
