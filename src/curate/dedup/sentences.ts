/** Spans of sentences, as in C4: a span that occurred before is cut where it comes again. */
import { exactHash } from "./exact.ts";
import type { Words } from "./words.ts";

/** Ends of sentences: marks with closing quotes or brackets before white space or the end, ideographic marks, line ends. */
const SENTENCE_END = /[.!?…؟۔।]+["'”’»)\]]*(?=\s|$)|[。！？｡]+["'”’」』）]*|\n+/g;

/** The sentences of one text: borders in the text, and the words that each has. Sentences without words join the one before. */
export class Sentences {
  count = 0;
  /** Sentence i is `text[starts[i], ends[i])` and has the words `[wordStarts[i], wordStarts[i + 1])`. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly wordStarts: number[] = [];

  /** Splits a text that `words` has split. */
  split(text: string, words: Words): void {
    this.count = 0;
    let start = 0;
    let word = 0;
    SENTENCE_END.lastIndex = 0;
    while (start < text.length) {
      const match = SENTENCE_END.exec(text);
      const end = match ? SENTENCE_END.lastIndex : text.length;
      const first = word;
      while (word < words.count && words.starts[word]! < end) word++;
      if (word > first) {
        while (isSpace(text.charCodeAt(start))) start++;
        this.starts[this.count] = start;
        this.ends[this.count] = end;
        this.wordStarts[this.count++] = first;
      } else if (this.count > 0) {
        this.ends[this.count - 1] = end;
      }
      start = end;
    }
    this.wordStarts[this.count] = words.count;
  }
}

function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13) || unit === 0xa0 || unit === 0x3000;
}

const hash = new Uint32Array(4);

/** Calls `visit` with the first sentence and the hash (128 bits) of each span of `size` sentences, by its words. */
export function forEachSpan(
  sentences: Sentences,
  words: Words,
  size: number,
  visit: (sentence: number, hash: Uint32Array) => void,
): void {
  const { wordStarts, count } = sentences;
  for (let sentence = 0; sentence + size <= count; sentence++) {
    const first = wordStarts[sentence]!;
    const end = wordStarts[sentence + size]!;
    exactHash(words.units.subarray(words.unitStart(first), words.unitEnds[end - 1]!), hash, 0);
    visit(sentence, hash);
  }
}
