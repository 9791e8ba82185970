/** Classes of code points as the regular expressions of the Rust `tokenizers` library see them, unpacked on first use. */
import * as tables from "./more-unicode-tables.ts";
import { unpackSet } from "./unicode.ts";
import { WHITESPACE as PACKED_WHITESPACE } from "./unicode-tables.ts";

/** Bits of the table; the first three exclude each other. */
export const LETTER = 1;
export const NUMBER = 2;
export const SPACE = 4;
/** Part of a word in the Whitespace pre-tokenizer. */
export const WORD = 8;
/** Set apart by the Digits pre-tokenizer. */
export const NUMERIC = 16;
/** Dropped by the StripAccents normalizer. */
export const MARK = 32;

const CODE_POINTS = 0x110000;
let unpacked: Uint8Array | undefined;

/** Class bits per code point. */
export function classes(): Uint8Array {
  if (!unpacked) {
    unpacked = new Uint8Array(CODE_POINTS);
    unpackSet(unpacked, tables.LETTERS, LETTER);
    unpackSet(unpacked, tables.NUMBERS, NUMBER);
    unpackSet(unpacked, PACKED_WHITESPACE, SPACE);
    unpackSet(unpacked, tables.WORD, WORD);
    unpackSet(unpacked, tables.NUMERIC, NUMERIC);
    unpackSet(unpacked, tables.MARKS, MARK);
  }
  return unpacked;
}
