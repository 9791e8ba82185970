/** Break points of source code and other text whose lines matter. */

import { type Splitter, strength } from "./breaks.ts";
import { isSpace, lineEnd } from "./characters.ts";

/** Blank lines: before a line that is not indented they part top-level pieces, before others they part paragraphs. */
export const splitCode: Splitter = (text, start, end, add) => {
  let afterBlank = false;
  for (let at = start; at < end; ) {
    const next = lineEnd(text, at, end);
    if (isBlank(text, at, next)) {
      afterBlank = true;
    } else {
      if (afterBlank && at > start) {
        add(at, isSpace(text.charCodeAt(at)) ? strength.paragraph : strength.block);
      }
      afterBlank = false;
    }
    at = next;
  }
};

function isBlank(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isSpace(text.charCodeAt(at))) return false;
  return true;
}
