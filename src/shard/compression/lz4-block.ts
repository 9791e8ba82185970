/** LZ4 blocks, of https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md: greedy search over a hash table. */
import { MdpError } from "../../core/errors.ts";

const minMatch = 4;
/** The last match begins at least this many bytes before the end, and the last five bytes are literals. */
const lastMatchBytes = 12;
const lastLiterals = 5;
const offsetMax = 65_535;
const hashBits = 16;
/** Without matches the search takes longer steps: one more after so many (2^n) tries. */
const skipBits = 6;

/** The most bytes that `size` bytes become. */
export function blockBytesMax(size: number): number {
  return size + Math.ceil(size / 255) + 16;
}

const table = new Int32Array(1 << hashBits);

/** Compresses `source` into `target`, which must have `blockBytesMax` bytes; returns how many were written. */
export function compressBlock(source: Uint8Array, target: Uint8Array): number {
  table.fill(-1);
  const end = source.length;
  const searchEnd = end - lastMatchBytes;
  let anchor = 0;
  let out = 0;
  let at = 0;
  let tries = 1 << skipBits;
  while (at <= searchEnd) {
    const word = wordAt(source, at);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
    const candidate = table[slot]!;
    table[slot] = at;
    if (candidate < 0 || at - candidate > offsetMax || wordAt(source, candidate) !== word) {
      at += tries++ >> skipBits;
      continue;
    }
    const length = matchLength(source, candidate, at, end - lastLiterals);
    out = sequence(source, anchor, at - anchor, length - minMatch, at - candidate, target, out);
    at += length;
    anchor = at;
    tries = 1 << skipBits;
  }
  return sequence(source, anchor, end - anchor, -1, 0, target, out);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** How many bytes from `b` on equal those from `a` on, `b` ending before `end`. */
function matchLength(bytes: Uint8Array, a: number, b: number, end: number): number {
  let length = minMatch;
  while (b + length < end && bytes[a + length] === bytes[b + length]) length++;
  return length;
}

/** Literals, then a match of `extra` bytes over the least one; the last sequence has `extra` −1 and no match. */
function sequence(
  source: Uint8Array,
  start: number,
  literals: number,
  extra: number,
  offset: number,
  target: Uint8Array,
  out: number,
): number {
  let at = out;
  target[at++] = (Math.min(literals, 15) << 4) | Math.min(Math.max(extra, 0), 15);
  if (literals >= 15) at = longLength(target, at, literals - 15);
  if (literals < 32) for (let i = 0; i < literals; i++) target[at + i] = source[start + i]!;
  else target.set(source.subarray(start, start + literals), at);
  at += literals;
  if (extra < 0) return at;
  target[at++] = offset & 0xff;
  target[at++] = offset >> 8;
  return extra >= 15 ? longLength(target, at, extra - 15) : at;
}

function longLength(target: Uint8Array, out: number, length: number): number {
  let at = out;
  let left = length;
  for (; left >= 255; left -= 255) target[at++] = 255;
  target[at++] = left;
  return at;
}

/**
 * Decompresses a block into `target` and returns how many bytes were written.
 *
 * @throws MdpError when the block refers to bytes that are not there, or does not fit
 */
export function decompressBlock(source: Uint8Array, target: Uint8Array): number {
  let at = 0;
  let out = 0;
  const more = () => {
    let sum = 0;
    for (let byte = 255; byte === 255; sum += byte) {
      if (at >= source.length) throw damagedBlock();
      byte = source[at++]!;
    }
    return sum;
  };
  while (at < source.length) {
    const token = source[at++]!;
    const literals = token >> 4 === 15 ? 15 + more() : token >> 4;
    if (at + literals > source.length || out + literals > target.length) throw damagedBlock();
    if (literals < 32) for (let i = 0; i < literals; i++) target[out + i] = source[at + i]!;
    else target.set(source.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    if (at === source.length) return out;
    const offset = source[at]! | (source[at + 1]! << 8);
    at += 2;
    const length = minMatch + ((token & 15) === 15 ? 15 + more() : token & 15);
    if (offset === 0 || offset > out || out + length > target.length) throw damagedBlock();
    if (offset >= length) target.copyWithin(out, out - offset, out - offset + length);
    else for (let i = 0; i < length; i++) target[out + i] = target[out + i - offset]!;
    out += length;
  }
  throw damagedBlock();
}

function damagedBlock(): MdpError {
  return new MdpError({ code: "lz4-damaged", message: "a block of the lz4 file is damaged" });
}
