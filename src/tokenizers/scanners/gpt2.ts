/** `'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`: the words of GPT-2. */
import { classAt, IS_SPACE, runOf, spacesBeforeWord, utf8Length } from "./scanner.ts";

const QUOTE = 0x27;
const BLANK = 0x20;

/** Scanner of GPT-2's words. */
export function gpt2(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  if (first === QUOTE) {
    const length = contraction(bytes[at + 1]!, bytes[at + 2]!);
    if (length > 0) return at + length;
  }
  const kind = classAt(bytes, at, end);
  if (kind === IS_SPACE) {
    const next = first === BLANK ? classAt(bytes, at + 1, end) : IS_SPACE;
    if (next >= 0 && next !== IS_SPACE) return runOf(next, bytes, at + 1, end);
    return spacesBeforeWord(bytes, at, runOf(IS_SPACE, bytes, at, end), end);
  }
  return runOf(kind, bytes, at + utf8Length(first), end);
}

/** Bytes of a contraction, its apostrophe counted; zeros after the end match nothing. */
function contraction(a: number, b: number): number {
  if (a === 0x73 || a === 0x64 || a === 0x6d || a === 0x74) return 2;
  if (a === 0x6c && b === 0x6c) return 3;
  return (a === 0x76 || a === 0x72) && b === 0x65 ? 3 : 0;
}
