/** Character properties as the Rust `tokenizers` library sees them, unpacked from `unicode-tables.ts` on first use. */
import * as tables from "./unicode-tables.ts";

/** Bits of `Unicode.properties`. */
export const REMOVED = 1;
export const WHITESPACE = 2;
export const PUNCTUATION = 4;
export const NONSPACING_MARK = 8;
export const CJK = 16;

export interface Unicode {
  /** Property bits per code point. */
  properties: Uint8Array;
  /** Code points of the full canonical decomposition, where it differs; Hangul syllables are not in it. */
  decompositions: ReadonlyMap<number, readonly number[]>;
  /** Code points of the lower-case form, where it differs. */
  lowercase: ReadonlyMap<number, readonly number[]>;
  /** Order among combining marks; a code point that is not in it is a starter. */
  combiningRanks: ReadonlyMap<number, number>;
}

const CODE_POINTS = 0x110000;

/** What BERT calls a Chinese character: the ideograph blocks, not all of Chinese, Japanese and Korean writing. */
const IDEOGRAPHS = [
  [0x4e00, 0x9fff],
  [0x3400, 0x4dbf],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0xf900, 0xfaff],
  [0x2f800, 0x2fa1f],
] as const;

function mark(properties: Uint8Array, first: number, last: number, bit: number): void {
  for (let c = first; c <= last; c++) properties[c] = properties[c]! | bit;
}

/** Sets a bit for the code points of a packed set. */
export function unpackSet(properties: Uint8Array, packed: string, bit: number): void {
  for (const [first, last] of rangesIn(packed)) mark(properties, first, last, bit);
}

function rangesIn(packed: string): [first: number, last: number][] {
  let at = 0;
  return packed.split(" ").map((item) => {
    const [gap, length] = item.split(":");
    const first = at + Number.parseInt(gap!, 36);
    at = first + (length === undefined ? 0 : Number.parseInt(length, 36));
    return [first, at];
  });
}

/** A packed set as the inside of a regular expression's class. */
export function rangesOf(packed: string): string {
  const escaped = (code: number) => `\\u{${code.toString(16)}}`;
  return rangesIn(packed)
    .map(([first, last]) => (first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`))
    .join("");
}

/** Reads a packed table of code points. */
export function unpackMap(packed: string): Map<number, number[]> {
  const map = new Map<number, number[]>();
  let at = 0;
  for (const item of packed.split(" ")) {
    const [gap, values] = item.split(":");
    at += Number.parseInt(gap!, 36);
    map.set(
      at,
      values!.split(",").map((value) => Number.parseInt(value, 36)),
    );
  }
  return map;
}

function unpack(): Unicode {
  const properties = new Uint8Array(CODE_POINTS);
  unpackSet(properties, tables.REMOVED, REMOVED);
  unpackSet(properties, tables.WHITESPACE, WHITESPACE);
  unpackSet(properties, tables.PUNCTUATION, PUNCTUATION);
  unpackSet(properties, tables.NONSPACING_MARKS, NONSPACING_MARK);
  for (const [first, last] of IDEOGRAPHS) mark(properties, first, last, CJK);
  return {
    properties,
    decompositions: unpackMap(tables.DECOMPOSITIONS),
    lowercase: unpackMap(tables.LOWERCASE),
    combiningRanks: new Map([...unpackMap(tables.COMBINING_RANKS)].map(([c, values]) => [c, values[0]!])),
  };
}

let unpacked: Unicode | undefined;

export function unicode(): Unicode {
  unpacked ??= unpack();
  return unpacked;
}

const HANGUL_FIRST = 0xac00;
const HANGUL_COUNT = 11_172;
const VOWELS = 21;
const TRAILS = 28;

/** Canonical decomposition of a Hangul syllable into its jamo, or undefined for any other code point. */
export function decomposeHangul(c: number): number[] | undefined {
  const index = c - HANGUL_FIRST;
  if (index < 0 || index >= HANGUL_COUNT) return undefined;
  const trail = index % TRAILS;
  const lead = 0x1100 + Math.floor(index / (VOWELS * TRAILS));
  const vowel = 0x1161 + Math.floor((index % (VOWELS * TRAILS)) / TRAILS);
  return trail === 0 ? [lead, vowel] : [lead, vowel, 0x11a7 + trail];
}
