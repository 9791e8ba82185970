/** Scanners: hand-written equals of the regular expressions that byte-level models cut words with, over UTF-8. */
import { classes, LETTER, NUMBER, SPACE } from "../unicode-classes.ts";

/** End of the word that begins at `at`, in bytes; `at < end`. The bytes are valid UTF-8 and four zeros follow `end`. */
export type Scanner = (bytes: Uint8Array, at: number, end: number) => number;

/** Classes of code points, one value each: a letter, a number, whitespace, or anything else. */
export const IS_OTHER = 0;
export const IS_LETTER = 1;
export const IS_NUMBER = 2;
export const IS_SPACE = 4;

const CLASS_BITS = LETTER | NUMBER | SPACE;

let tables: { ascii: Uint8Array; all: Uint8Array } | undefined;

/** Class per byte below 128, and per code point. */
export function scannerTables(): { ascii: Uint8Array; all: Uint8Array } {
  if (!tables) {
    const all = classes().map((bits) => bits & CLASS_BITS);
    tables = { all, ascii: all.slice(0, 128) };
  }
  return tables;
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
  const { ascii, all } = scannerTables();
  while (at < end) {
    const first = bytes[at]!;
    if (first < 0x80) {
      if (ascii[first] !== kind) return at;
      at++;
    } else {
      if (all[codePointAt(bytes, at)] !== kind) return at;
      at += utf8Length(first);
    }
  }
  return at;
}

/** Class of the code point at `at`; -1 at the end. */
export function classAt(bytes: Uint8Array, at: number, end: number): number {
  return at >= end ? -1 : scannerTables().all[codePointAt(bytes, at)]!;
}

/** `\s+(?!\S)|\s+` for a run of whitespace: without its last character when something follows, unless it is the only one. */
export function spacesBeforeWord(bytes: Uint8Array, at: number, runEnd: number, end: number): number {
  if (runEnd === end) return runEnd;
  let last = runEnd - 1;
  while ((bytes[last]! & 0xc0) === 0x80) last--;
  return last > at ? last : runEnd;
}
