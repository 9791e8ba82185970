/** How many sentences spaCy's sentencizer finds: one ends at a mark, and goes on through the punctuation after it. */
import { classes, classOf, pairOf, punctuation, sentenceEnd, space } from "./characters.ts";
import { splitStretch } from "./spacy/split.ts";
import { allPunctuation, endsSentence, factShift, flagsFact, lengthFact } from "./word-table.ts";
import type { Words } from "./words.ts";

/** Sentences in the stretches `[from, to)` of a text, which stand on one line. */
export function countSentences(text: string, words: Words, from: number, to: number): number {
  const { stretches, ids, firstOfStretch } = words;
  const { facts } = stretches.table;
  let sentences = from < to ? 1 : 0;
  let ended = false;
  let end = -1;
  for (let stretch = from; stretch < to; stretch++) {
    const start = stretches.starts[stretch]!;
    // More than one space between words is a word of its own to spaCy, and begins a sentence.
    if (ended && !(start === end + 1 && text.charCodeAt(end) === 0x20)) {
      sentences++;
      ended = false;
    }
    end = start + facts[(stretches.ids[stretch]! << factShift) + lengthFact]!;
    for (let word = firstOfStretch[stretch]!; word < firstOfStretch[stretch + 1]!; word++) {
      const bits = facts[(ids[word]! << factShift) + flagsFact]!;
      if ((bits & endsSentence) !== 0) ended = true;
      else if (ended && (bits & allPunctuation) === 0) {
        sentences++;
        ended = false;
      }
    }
  }
  return sentences;
}

/** Sentences of a line that is no part of the text in `wordsOf`; slower, for lines that were changed. */
export function countSentencesOf(line: string): number {
  let sentences = 0;
  let ended = false;
  for (let from = 0, to = 0; from < line.length; from = to) {
    const spaces = isSpace(line, from);
    to = from + 1;
    while (to < line.length && isSpace(line, to) === spaces) to++;
    // One space after a word belongs to it.
    if (spaces && to - from === 1 && line[from] === " " && sentences > 0) continue;
    sentences ||= 1;
    if (spaces) {
      if (ended) sentences++;
      ended = false;
      continue;
    }
    const stretch = line.slice(from, to);
    let start = 0;
    for (const end of splitStretch(stretch)) {
      const [isEnd, isPunctuation] = kindOf(stretch.slice(start, end));
      start = end;
      if (isEnd) ended = true;
      else if (ended && !isPunctuation) {
        sentences++;
        ended = false;
      }
    }
  }
  return sentences;
}

function isSpace(line: string, at: number): boolean {
  return (classes[line.charCodeAt(at)]! & space) !== 0;
}

function kindOf(word: string): [isEnd: boolean, isPunctuation: boolean] {
  let all = -1;
  let points = 0;
  for (let i = 0; i < word.length; i++) {
    const unit = word.charCodeAt(i);
    const pair = unit >= 0xd800 && unit < 0xdc00 && i + 1 < word.length;
    all &= pair ? classOf(pairOf(unit, word.charCodeAt(++i))) : classes[unit]!;
    points++;
  }
  return [points === 1 && (all & sentenceEnd) !== 0, (all & punctuation) !== 0];
}
