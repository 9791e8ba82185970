/** Spans of sentences, as in C4: a span that occurred before is cut where it comes again. */
import { exactHash } from "../text/exact-hash.ts";
import type { Words } from "../text/words.ts";

const MARK = 1;
/** Marks of scripts without spaces: what follows is a new sentence at once. */
const WIDE_MARK = 2;
const CLOSER = 4;
const SPACE = 8;

/** What each code unit is for sentences. */
const kinds = new Uint8Array(65_536);
for (const [kind, chars] of [
  [MARK, ".!?…؟۔।"],
  [WIDE_MARK, "。！？｡"],
  [CLOSER, "\"'”’»)]」』）"],
  [SPACE, " \t\n\v\f\r\u00a0\u3000"],
] as const) {
  for (const char of chars) kinds[char.charCodeAt(0)] = kind;
}

/**
 * Where the sentence that `from` lies in ends: after marks with closing quotes or brackets before white space or the
 * end, after ideographic marks, and after line ends. Each character is looked at once, whatever the text.
 */
function sentenceEnd(text: string, from: number): number {
  for (let at = from; at < text.length; ) {
    const unit = text.charCodeAt(at);
    const kind = kinds[unit]!;
    if (unit === 10) {
      while (text.charCodeAt(at) === 10) at++;
      return at;
    }
    if ((kind & (MARK | WIDE_MARK)) === 0) {
      at++;
      continue;
    }
    at = past(text, past(text, at, MARK | WIDE_MARK), CLOSER);
    if (kind === WIDE_MARK || at === text.length || kinds[text.charCodeAt(at)] === SPACE) return at;
  }
  return text.length;
}

/** The first place from `from` on that is of none of these kinds. */
function past(text: string, from: number, wanted: number): number {
  let at = from;
  while (at < text.length && (kinds[text.charCodeAt(at)]! & wanted) !== 0) at++;
  return at;
}

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
    while (start < text.length) {
      const end = sentenceEnd(text, start);
      const first = word;
      while (word < words.count && words.starts[word]! < end) word++;
      if (word > first) {
        this.starts[this.count] = past(text, start, SPACE);
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
