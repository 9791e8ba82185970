/** Break points of prose: paragraphs, sentences, lines, words. Every scanner looks at each character once. */

import { type Splitter, strength } from "./breaks.ts";
import { isDigit, isSpace, isWordGap, newline } from "./characters.ts";

/** Words before a full stop that do not end a sentence, lower case. */
const abbreviations = new Set(
  (
    "mr mrs ms dr prof st sr jr vs e.g i.e etc cf fig figs no nos vol approx ca al ed eds eq sec ch pp dept est inc ltd co " +
    "jan feb mar apr jun jul aug sep sept oct nov dec bzw z.b u.a d.h ggf usw evtl nr bd vgl p.ex env"
  ).split(" "),
);
const longestAbbreviation = 6;

/** Paragraphs (blank lines), sentences, and lines that begin with a list marker. */
export const splitProse: Splitter = (text, start, end, add) => {
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === newline) {
      at = breakAfterSpace(text, at, end, add, false);
    } else if (isTerminator(code)) {
      const wide = code > 0x2fff;
      const after = skipClosing(text, at + 1, end);
      if (after < end && isSpace(text.charCodeAt(after))) {
        at = breakAfterSpace(text, after, end, add, wide || code !== 46 || !isAbbreviation(text, start, at));
      } else {
        if (wide && after < end) add(after, strength.sentence);
        at = after;
      }
    } else {
      at++;
    }
  }
};

/** Line ends. */
export const splitLines: Splitter = (text, start, end, add) => {
  for (let at = text.indexOf("\n", start); at !== -1 && at + 1 < end; at = text.indexOf("\n", at + 1)) {
    add(at + 1, strength.line);
  }
};

/** Ends of the whitespace between words. */
export const splitWords: Splitter = (text, start, end, add) => {
  let inGap = false;
  for (let at = start; at < end; at++) {
    const gap = isWordGap(text.charCodeAt(at));
    if (inGap && !gap && at > start) add(at, strength.word);
    inGap = gap;
  }
};

/**
 * Looks at the whitespace that begins at `from` and adds the break that it makes, if any: a paragraph's for a blank
 * line, a sentence's where one has ended or a list item begins. Indentation stays with the line that it indents.
 * Returns the end of the whitespace.
 */
function breakAfterSpace(
  text: string,
  from: number,
  end: number,
  add: (offset: number, strength: number) => void,
  sentenceEnded: boolean,
): number {
  let newlines = 0;
  let lineStart = -1;
  let at = from;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === newline) {
      newlines++;
      lineStart = at + 1;
    } else if (!isSpace(code)) break;
  }
  if (at >= end) return at;
  if (newlines >= 2) add(lineStart, isLead(text, from) ? strength.lead : strength.paragraph);
  else if (sentenceEnded ? canBeginSentence(text, at) : newlines === 1 && isListMarker(text, at, end)) {
    add(newlines === 1 ? lineStart : at, strength.sentence);
  }
  return at;
}

/** Whether the line that ends at `end` introduces what follows: it ends with a colon, or underlines a title. */
function isLead(text: string, end: number): boolean {
  const code = text.charCodeAt(end - 1);
  if (code === 58) return true;
  if (!underlines.has(code)) return false;
  let at = end - 1;
  while (at > 0 && text.charCodeAt(at - 1) === code) at--;
  return end - at >= 3 && (at === 0 || text.charCodeAt(at - 1) === newline);
}

const underlines = new Set([...`=-~^"'#*+`].map((character) => character.charCodeAt(0)));

function isTerminator(code: number): boolean {
  if (code < 128) return code === 46 || code === 33 || code === 63;
  return code === 0x2026 || code === 0x3002 || code === 0xff01 || code === 0xff1f || code === 0xff61;
}

/** Past further terminators and the quotes and brackets that close with the sentence. */
function skipClosing(text: string, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (!isTerminator(code) && !closing.has(code)) break;
    at++;
  }
  return at;
}

const closing = new Set([...`"')]}»”’›」』）】*_`].map((character) => character.charCodeAt(0)));

/** Whether the full stop at `dot` belongs to an abbreviation, an initial, or the number of a list item. */
function isAbbreviation(text: string, start: number, dot: number): boolean {
  let from = dot;
  while (from > start && dot - from <= longestAbbreviation) {
    const code = text.charCodeAt(from - 1);
    if (isSpace(code) || code === 40 || code === 91) break;
    from--;
  }
  const word = text.slice(from, dot);
  if (word.length === 1 && word.toLowerCase() !== word.toUpperCase() && word !== "I") return true;
  if (abbreviations.has(word.toLowerCase())) return true;
  const atLineStart = from === start || text.charCodeAt(from - 1) === newline;
  return atLineStart && word.length > 0 && word.length <= 3 && [...word].every((digit) => isDigit(digit.charCodeAt(0)));
}

/** A sentence does not begin with a lower-case letter. */
function canBeginSentence(text: string, at: number): boolean {
  const character = String.fromCodePoint(text.codePointAt(at)!);
  return character === character.toUpperCase() || character !== character.toLowerCase();
}

/** `- `, `* `, `+ `, `• `, `1. `, `1) ` at the beginning of a line. */
function isListMarker(text: string, at: number, end: number): boolean {
  const code = text.charCodeAt(at);
  if (code === 45 || code === 42 || code === 43 || code === 0x2022) return text.charCodeAt(at + 1) === 32;
  let next = at;
  while (next < end && next - at < 4 && isDigit(text.charCodeAt(next))) next++;
  const mark = text.charCodeAt(next);
  return next > at && (mark === 46 || mark === 41) && text.charCodeAt(next + 1) === 32;
}
