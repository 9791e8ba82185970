/** An n-gram model with back-off, evaluated as KenLM does. */
import type { NgramTable } from "./table.ts";
import { addWord, addWords, extendHigh, extendLow, hashWord, type LineWords, newLineWords } from "./words.ts";

export const BEGIN = "<s>";
export const END = "</s>";
export const UNKNOWN = "<unk>";
/** log10 of the probability of an unknown word where the model has no `<unk>`, as in KenLM. */
const NO_UNKNOWN = -100;
export const MAX_ORDER = 16;

/** What a text is worth under a model. */
export interface TextScore {
  /** log10 of the probability, `</s>` of each line included. */
  log10: number;
  /** Words, one `</s>` a line counted as well. */
  words: number;
  /** Words that the model does not know. */
  unknown: number;
}

export class NgramModel {
  /** Words of the longest n-grams. */
  readonly order: number;
  readonly table: NgramTable;
  readonly #line: LineWords = newLineWords();
  readonly #unknown = hashWord(UNKNOWN);
  /** Slots of those n-grams (-1: none), and of those that end in the word before. */
  #slots: Int32Array;
  #before: Int32Array;

  constructor(order: number, table: NgramTable) {
    this.order = order;
    this.table = table;
    this.#slots = new Int32Array(order + 1);
    this.#before = new Int32Array(order + 1);
  }

  /**
   * Scores a text: each line that holds a word is a sentence between `<s>` and `</s>`, its words stand between ASCII
   * spaces. `kenlm.Model.score` gives the same for one line.
   */
  score(text: string): TextScore {
    const total: TextScore = { log10: 0, words: 0, unknown: 0 };
    for (let at = 0; at <= text.length; ) {
      const found = text.indexOf("\n", at);
      const end = found === -1 ? text.length : found;
      const count = this.#begin(text, at, end);
      if (count > 2) {
        for (let i = 1; i < count; i++) total.log10 += this.#scoreWord(i, total);
        total.words += count - 1;
      }
      at = end + 1;
    }
    return total;
  }

  /** log10 of the probability of each word of one line, and of `</s>` behind them. */
  wordScores(line: string): Float64Array {
    const count = this.#begin(line, 0, line.length);
    const total: TextScore = { log10: 0, words: 0, unknown: 0 };
    return Float64Array.from({ length: count - 1 }, (_, i) => this.#scoreWord(i + 1, total));
  }

  /** Takes the words of a line, `<s>` before and `</s>` behind them; how many they are. */
  #begin(text: string, start: number, end: number): number {
    const line = this.#line;
    line.count = 0;
    addWord(BEGIN, 0, BEGIN.length, line);
    addWords(text, start, end, line);
    addWord(END, 0, END.length, line);
    this.#slots.fill(-1);
    this.#slots[1] = this.table.find(line.low[0]!, line.high[0]!);
    return line.count;
  }

  /** log10 of the probability of the word at `index` after those before it. */
  #scoreWord(index: number, total: TextScore): number {
    const { table, order } = this;
    const line = this.#line;
    [this.#before, this.#slots] = [this.#slots, this.#before];
    const slots = this.#slots;
    const before = this.#before;
    slots.fill(-1);
    const [unknownLow, unknownHigh] = this.#unknown;
    const isNamed = line.low[index] === unknownLow && line.high[index] === unknownHigh;
    if (isNamed || table.find(line.low[index]!, line.high[index]!) === -1) {
      total.unknown++;
      line.low[index] = unknownLow;
      line.high[index] = unknownHigh;
    }
    let low = line.low[index]!;
    let high = line.high[index]!;
    let longest = 0;
    const available = Math.min(order, index + 1);
    for (let n = 1; n <= available; n++) {
      if (n > 1) {
        low = extendLow(low, line.low[index - n + 1]!);
        high = extendHigh(high, line.high[index - n + 1]!);
      }
      const slot = table.find(low, high);
      slots[n] = slot;
      if (slot !== -1) longest = n;
    }
    let log10 = longest === 0 ? NO_UNKNOWN : table.probability[slots[longest]!]!;
    for (let n = Math.max(1, longest); n < available; n++) if (before[n] !== -1) log10 += table.backoff[before[n]!]!;
    return log10;
  }
}

/** Perplexity per word: 10 to the power of minus log10 by words; 0 for no words. */
export function perplexityOf({ log10, words }: TextScore): number {
  return words === 0 ? 0 : 10 ** (-log10 / words);
}
