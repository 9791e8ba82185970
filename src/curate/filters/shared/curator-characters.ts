/** What NeMo Curator's English heuristics count in characters and words (nemo_curator/stages/text/utils/constants.py). */
import { classes, classOf, decimal, pairOf } from "../../shared/text/characters.ts";
import {
  ellipsesFact,
  factShift,
  flagsFact,
  hashMarksFact,
  hasLetter,
  pointsFact,
  stopWordShift,
} from "../../shared/text/word-table.ts";
import { stretchesOf } from "../../shared/text/words.ts";

const alphanumeric = 1;
const blank = 2;
const parenthesis = 4;
const ascii = buildAscii();

/** Shares of an empty text are 1, so that it goes. */
export function measureCharacters(text: string) {
  let characters = 0;
  let marks = 0;
  let digits = 0;
  let spaces = 0;
  let parentheses = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    characters++;
    if (unit < 128) {
      const kind = ascii[unit]!;
      if ((kind & alphanumeric) === 0) marks++;
      if ((kind & blank) !== 0) spaces++;
      if ((kind & parenthesis) !== 0) parentheses++;
      if (unit >= 0x30 && unit <= 0x39) digits++;
      continue;
    }
    marks++;
    const pair = unit >= 0xd800 && unit < 0xdc00 && at + 1 < text.length;
    if (((pair ? classOf(pairOf(unit, text.charCodeAt(++at))) : classes[unit]!) & decimal) !== 0) digits++;
    if (unit === 0x27e8 || unit === 0x27e9) parentheses++;
  }
  const share = (count: number) => (characters === 0 ? 1 : count / characters);
  return {
    nonAlphanumeric: share(marks),
    digits: share(digits),
    urls: share(countUrlCharacters(text)),
    spaces: share(spaces),
    parentheses: share(parentheses),
  };
}

function countUrlCharacters(text: string): number {
  if (!text.includes("http")) return 0;
  let characters = 0;
  for (const [url] of text.matchAll(/https?:\/\/(?:[A-Za-z0-9$\-_@.&+/:=?#~!*(),]|%[0-9A-Fa-f]{2})+/g)) {
    characters += url.length;
  }
  return characters;
}

export function measureWordMarks(text: string) {
  const { ids, count, table } = stretchesOf(text);
  const { facts } = table;
  let symbols = 0;
  let alphabetic = 0;
  let common = 0;
  let length = 0;
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const id = ids[i]!;
    const at = id << factShift;
    const bits = facts[at + flagsFact]!;
    const points = facts[at + pointsFact]!;
    if ((bits & hasLetter) !== 0) alphabetic++;
    if (bits >> stopWordShift !== 0) common++;
    length += points;
    if (points > longest) longest = points;
    const marked = facts[at + hashMarksFact]! > 0 || facts[at + ellipsesFact]! > 0;
    if (marked && isSymbol(table.textOf(id), points)) symbols++;
  }
  const share = (part: number, ofNone: number) => (count === 0 ? ofNone : part / count);
  return {
    words: count,
    symbolWords: share(symbols, 1),
    alphaWords: share(alphabetic, 0),
    commonWords: common,
    wordLength: share(length, 0),
    // A text without words counts as one whose word is too long.
    longestWord: count === 0 ? 1001 : longest,
  };
}

const ellipsisWords = new Set(["...", "[...]", "…", "(...)", "[…]"]);

/** Whether runs of `#` are more than half as many as the word's characters, or it is an ellipsis. */
function isSymbol(word: string, points: number): boolean {
  return ellipsisWords.has(word) || (word.match(/#+/g)?.length ?? 0) / points > 0.5;
}

function buildAscii(): Uint8Array {
  const table = new Uint8Array(128);
  const add = (characters: string, bit: number) => {
    for (const character of characters) table[character.charCodeAt(0)]! |= bit;
  };
  add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\n?!,.", alphanumeric);
  add("\t\n\r\b ", blank);
  add("{}[]()", parenthesis);
  return table;
}
