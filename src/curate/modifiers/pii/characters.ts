/** Character tests and bounded looks at the surroundings, shared by the detectors. */

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;
export const isUpper = (code: number): boolean => code >= 65 && code <= 90;
export const isLower = (code: number): boolean => code >= 97 && code <= 122;
export const isAsciiLetter = (code: number): boolean => isLower(code | 32);
export const isAsciiWord = (code: number): boolean => isDigit(code) || isAsciiLetter(code);
export const isHex = (code: number): boolean => isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 102);

/** Lowercase text of at most `length` code units that ends at `at`, without the lines before. */
export function before(text: string, at: number, length: number): string {
  const near = text.slice(Math.max(0, at - length), at);
  return near.slice(near.lastIndexOf("\n") + 1).toLowerCase();
}

/** Whether a number may end at `end`: no letter or digit follows, nor a joint with more digits. */
export function endsNumber(text: string, end: number): boolean {
  const next = text.charCodeAt(end);
  if (isAsciiWord(next) || next === 95) return false;
  // - . / , _ between digits go on with the number.
  if (next === 45 || next === 46 || next === 47 || next === 44) return !isAsciiWord(text.charCodeAt(end + 1));
  return true;
}

/** Whether a number may start at `start`: no letter, digit or plus precedes, nor a joint with more digits. */
export function startsNumber(text: string, start: number): boolean {
  if (start === 0) return true;
  const last = text.charCodeAt(start - 1);
  if (isAsciiWord(last) || last === 95 || last === 43) return false;
  // 12:30:09
  if (last === 58) return !isDigit(text.charCodeAt(start - 2));
  if (last === 45 || last === 46 || last === 47 || last === 44) return !isAsciiWord(text.charCodeAt(start - 2));
  return true;
}

/** Whether groups of four digits stand among more of them: a table of code points, the dump of a file. */
export function isInTable(text: string, start: number, end: number): boolean {
  return (
    /(?:^|[^\w])(?=[A-Fa-f]*\d)[\dA-Fa-f]{4,5}[ \n]$/.test(text.slice(Math.max(0, start - 7), start)) ||
    /^[ \n](?=[A-Fa-f]*\d)[\dA-Fa-f]{4,5}(?![\w/.-])/.test(text.slice(end, end + 8))
  );
}

/** Whether another number stands right before or after, a space between: in a row of numbers groups mean nothing. */
export function isInRow(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1) === 32 && isDigit(text.charCodeAt(start - 2));
  return before || (text.charCodeAt(end) === 32 && isDigit(text.charCodeAt(end + 1)));
}
