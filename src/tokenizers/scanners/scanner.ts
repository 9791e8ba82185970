/** Scanners: hand-written equals of the regular expressions that byte-level models cut words with, over UTF-8. */
import { classes, LETTER, NUMBER, SPACE } from "../unicode-classes.ts";

/** End of the word that begins at `at`, in bytes; `at < end`. The bytes are valid UTF-8 and four zeros follow `end`. */
export type Scanner = (bytes: Uint8Array, at: number, end: number) => number;

/** Classes of code points, one value each: a letter, a number, whitespace, or anything else. */
export const IS_OTHER = 0;
export const IS_LETTER = 1;
export const IS_NUMBER = 2;
export const IS_SPACE = 4;
const NOT_ASCII = 255;

const CLASS_BITS = LETTER | NUMBER | SPACE;

/** Class per code point; filled by `prepareScanners`. */
const all = new Uint8Array(0x110000);
/** Class per byte below 128; no class from there on. */
const ascii = new Uint8Array(256).fill(NOT_ASCII);
let prepared = false;

/** Unpacks the tables; to be called before any scanner is. */
export function prepareScanners(): void {
  if (prepared) return;
  prepared = true;
  const table = classes();
  for (let code = 0; code < all.length; code++) all[code] = table[code]! & CLASS_BITS;
  ascii.set(all.subarray(0, 128));
}

/** Code point at `at`; its length is `utf8Length` of its first byte. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return first;
  if (first < 0xe0) return ((first & 0x1f) << 6) | (bytes[at + 1]! & 0x3f);
  if (first < 0xf0) return ((first & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
  return (
    ((first & 0x07) << 18) | ((bytes[at + 1]! & 0x3f) << 12) | ((bytes[at + 2]! & 0x3f) << 6) | (bytes[at + 3]! & 0x3f)
  );
}

export function utf8Length(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** End of the run of one class from `at` on. */
export function runOf(kind: number, bytes: Uint8Array, at: number, end: number): number {
  for (;;) {
    while (at < end && ascii[bytes[at]!] === kind) at++;
    if (at >= end || bytes[at]! < 0x80 || all[codePointAt(bytes, at)] !== kind) return at;
    at += utf8Length(bytes[at]!);
  }
}

/** Class of the code point at `at`; -1 at the end. */
export function classAt(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const first = bytes[at]!;
  return first < 0x80 ? ascii[first]! : all[codePointAt(bytes, at)]!;
}

/** `\s+(?!\S)|\s+` for a run of whitespace: without its last character when something follows, unless it is the only one. */
export function spacesBeforeWord(bytes: Uint8Array, at: number, runEnd: number, end: number): number {
  if (runEnd === end) return runEnd;
  let last = runEnd - 1;
  while ((bytes[last]! & 0xc0) === 0x80) last--;
  return last > at ? last : runEnd;
}
