/** Counts of a text that need no word splitter of a particular library: characters, words, different words. */
import { classes, classOf, letter, lowerCase, mark, pairOf, space, wordPart } from "./characters.ts";
import { HashSet64 } from "./hash-set.ts";

export interface TextCounts {
  /** Code points. */
  characters: number;
  letters: number;
  digits: number;
  spaces: number;
  /** Code points that are neither letters, marks, digits nor spaces. */
  special: number;
  /** Longest runs of letters, marks and digits. */
  words: number;
  /** Words that differ when case is ignored. */
  uniqueWords: number;
}

const seen = new HashSet64();
let countedText: string | undefined;
let counted: TextCounts | undefined;

/** Counts of a text in one pass; kept until another text comes, so that all filters of a document share them. */
export function countText(text: string): TextCounts {
  if (counted === undefined || countedText !== text) {
    counted = count(text);
    countedText = text;
  }
  return counted;
}

function count(text: string): TextCounts {
  const counts = { characters: 0, letters: 0, digits: 0, spaces: 0, special: 0, words: 0, uniqueWords: 0 };
  let low = 0;
  let high = 0;
  let inWord = false;
  seen.clear();
  for (let at = 0; at < text.length; at++) {
    let unit = text.charCodeAt(at);
    let kind = classes[unit]!;
    if (unit >= 0xd800 && unit < 0xdc00 && at + 1 < text.length) {
      unit = pairOf(unit, text.charCodeAt(++at));
      kind = classOf(unit);
    }
    counts.characters++;
    if ((kind & wordPart) !== 0) {
      const code = unit < 0x10000 ? lowerCase[unit]! : unit;
      low = Math.imul(low ^ code, 0x9e3779b1);
      low ^= low >>> 15;
      high = Math.imul(high + code, 0x85ebca6b);
      high ^= high >>> 13;
      inWord = true;
      if ((kind & (letter | mark)) !== 0) counts.letters++;
      else counts.digits++;
      continue;
    }
    if ((kind & space) !== 0) counts.spaces++;
    else counts.special++;
    if (!inWord) continue;
    counts.words++;
    seen.add(low, high);
    low = 0;
    high = 0;
    inWord = false;
  }
  if (inWord) {
    counts.words++;
    seen.add(low, high);
  }
  counts.uniqueWords = seen.size;
  return counts;
}
