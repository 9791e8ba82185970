/**
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`:
 * the words of cl100k and Llama 3; Qwen 2 has one digit a word.
 */
import {
  classAt,
  IS_LETTER,
  IS_NUMBER,
  IS_OTHER,
  IS_SPACE,
  runOf,
  type Scanner,
  spacesBeforeWord,
  utf8Length,
} from "./scanner.ts";

const QUOTE = 0x27;
const BLANK = 0x20;
const RETURN = 0x0d;
const LINE = 0x0a;

/** Scanner of such words with up to `maxDigits` numbers in one. */
export function cl100k(maxDigits: number): Scanner {
  return (bytes, at, end) => {
    const first = bytes[at]!;
    if (first === QUOTE) {
      const length = contraction(bytes, at, end);
      if (length > 0) return at + length;
    }
    const kind = classAt(bytes, at, end);
    const after = at + utf8Length(first);
    if (kind === IS_LETTER) return runOf(IS_LETTER, bytes, after, end);
    if (kind === IS_NUMBER) return digits(bytes, after, end, maxDigits - 1);
    const next = classAt(bytes, after, end);
    if (next === IS_LETTER && first !== RETURN && first !== LINE) return runOf(IS_LETTER, bytes, after, end);
    if (kind === IS_OTHER || (first === BLANK && next === IS_OTHER)) {
      return lineEnds(bytes, runOf(IS_OTHER, bytes, after, end), end);
    }
    const run = runOf(IS_SPACE, bytes, at, end);
    for (let i = run - 1; i >= at; i--) if (bytes[i] === RETURN || bytes[i] === LINE) return i + 1;
    return spacesBeforeWord(bytes, at, run, end);
  };
}

function digits(bytes: Uint8Array, at: number, end: number, more: number): number {
  while (more-- > 0 && classAt(bytes, at, end) === IS_NUMBER) at += utf8Length(bytes[at]!);
  return at;
}

function lineEnds(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === RETURN || bytes[at] === LINE)) at++;
  return at;
}

/** Bytes of a contraction in either case, its apostrophe counted; U+017F is an s without regard to case. */
function contraction(bytes: Uint8Array, at: number, end: number): number {
  const a = bytes[at + 1]! | 0x20;
  const b = bytes[at + 2]! | 0x20;
  if (at + 1 >= end) return 0;
  if (a === 0x73 || a === 0x74 || a === 0x6d || a === 0x64) return 2;
  if (at + 2 >= end) return 0;
  if (bytes[at + 1] === 0xc5 && bytes[at + 2] === 0xbf) return 3;
  if ((a === 0x72 || a === 0x76) && b === 0x65) return 3;
  return a === 0x6c && b === 0x6c ? 3 : 0;
}
