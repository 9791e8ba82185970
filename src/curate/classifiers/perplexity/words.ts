/** Words of a line as KenLM takes them, between ASCII spaces, and the hashes of words and n-grams. */

/** The two halves of the hash of each word of a line. */
export interface LineWords {
  low: Int32Array;
  high: Int32Array;
  count: number;
}

const FIRST_WORDS = 1024;

export function newLineWords(): LineWords {
  return { low: new Int32Array(FIRST_WORDS), high: new Int32Array(FIRST_WORDS), count: 0 };
}

/** Finds the words of `text` from `start` to `end`, behind those that `words` has. */
export function addWords(text: string, start: number, end: number, words: LineWords): void {
  for (let at = start; at < end; at++) {
    if (isSpace(text.charCodeAt(at))) continue;
    const from = at;
    while (at < end && !isSpace(text.charCodeAt(at))) at++;
    addWord(text, from, at, words);
  }
}

/** Adds one word, the stretch of `text` from `start` to `end`. */
export function addWord(text: string, start: number, end: number, words: LineWords): void {
  if (words.count === words.low.length) grow(words);
  let low = 0x811c9dc5 | 0;
  let high = 0x2545f491;
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high + unit, 0x85ebca6b) ^ (high >>> 13);
  }
  words.low[words.count] = mix(low ^ (end - start));
  words.high[words.count++] = mix(high);
}

/** The hash of one word. */
export function hashWord(word: string): [low: number, high: number] {
  const words = newLineWords();
  addWord(word, 0, word.length, words);
  return [words.low[0]!, words.high[0]!];
}

/** The low half of the hash of an n-gram that has one more word before it. */
export const extendLow = (low: number, word: number): number => mix(Math.imul(low, 0x9e3779b1) + word);
/** The high half. */
export const extendHigh = (high: number, word: number): number => mix(Math.imul(high, 0xc2b2ae3d) ^ word);

/** Space, tab, line end, vertical tab, form feed, return. */
export function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13);
}

function mix(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}

function grow(words: LineWords): void {
  for (const half of ["low", "high"] as const) {
    const larger = new Int32Array(words.count * 2);
    larger.set(words[half]);
    words[half] = larger;
  }
}
