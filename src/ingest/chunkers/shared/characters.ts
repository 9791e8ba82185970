/** Classes of characters by UTF-16 code unit, for scanners that look at every character once. */

export const newline = 10;

/** Whitespace inside a line or between lines, as people see it. */
export function isSpace(code: number): boolean {
  if (code <= 32) return code === 32 || (code >= 9 && code <= 13);
  if (code < 0xa0) return code === 0x85;
  return (
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  );
}

/** Whitespace at which every tokenizer ends a word: space, tab, newline. */
export function isWordGap(code: number): boolean {
  return code === 32 || code === 9 || code === 10;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** First offset in `[from, to)` that is no whitespace, or `to`. */
export function skipSpace(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Offset just after the last character of `[from, to)` that is no whitespace, or `from`. */
export function trimEnd(text: string, from: number, to: number): number {
  let at = to;
  while (at > from && isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}

/** Offset just after the next newline of `[from, to)`, or `to`. */
export function lineEnd(text: string, from: number, to: number): number {
  const at = text.indexOf("\n", from);
  return at === -1 || at >= to ? to : at + 1;
}
