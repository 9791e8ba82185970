/** Parts of a long source file that are parsed one at a time, so that the memory of a tree is bounded. */
import { isSpace } from "../characters.ts";

/** Characters that are parsed together: a tree takes some 25 bytes for each. */
export const WINDOW_CHARACTERS = 1_000_000;
/** The last part of a window in which a good place to end it is looked for. */
const SEARCHED_PART = 0.25;

/** Ends of the windows, ascending, the text's length last. Each but the last ends with a line where it can. */
export function windowEnds(text: string, characters = WINDOW_CHARACTERS): number[] {
  const ends: number[] = [];
  let start = 0;
  while (text.length - start > characters) {
    start = windowEnd(text, start + Math.floor(characters * (1 - SEARCHED_PART)), start + characters);
    ends.push(start);
  }
  ends.push(text.length);
  return ends;
}

/** The last blank line before a line that is not indented, else the last newline, else the last code point's end. */
function windowEnd(text: string, from: number, to: number): number {
  let at = text.lastIndexOf("\n\n", to - 2);
  while (at >= from && (isSpace(text.charCodeAt(at + 2)) || text[at + 2] === "}"))
    at = text.lastIndexOf("\n\n", at - 1);
  if (at >= from) return at + 2;
  const line = text.lastIndexOf("\n", to - 1);
  if (line >= from) return line + 1;
  const code = text.charCodeAt(to);
  return code >= 0xdc00 && code <= 0xdfff ? to - 1 : to;
}
