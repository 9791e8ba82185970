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
  /** Whether each n-gram is there without its first word too; then a longer one need not be looked for. */
  readonly isClosed: boolean;
  readonly #line: LineWords = newLineWords();
  readonly #unknownLow: number;
  readonly #unknownHigh: number;
  /** Slots of those n-grams (-1: none), and of those that end in the word before. */
  #slots: Int32Array;
  #before: Int32Array;

  constructor(order: number, table: NgramTable, isClosed: boolean) {
    this.order = order;
    this.table = table;
    this.isClosed = isClosed;
    [this.#unknownLow, this.#unknownHigh] = hashWord(UNKNOWN);
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
    const { table, order, isClosed } = this;
    const { low: lows, high: highs } = this.#line;
    const slots = this.#before;
    const before = this.#slots;
    this.#before = before;
    this.#slots = slots;
    slots.fill(-1);
    let low = lows[index]!;
    let high = highs[index]!;
    let slot = table.find(low, high);
    if (slot === -1 || (low === this.#unknownLow && high === this.#unknownHigh)) {
      total.unknown++;
      low = lows[index] = this.#unknownLow;
      high = highs[index] = this.#unknownHigh;
      slot = table.find(low, high);
    }
    slots[1] = slot;
    let longest = 1;
    const available = Math.min(order, index + 1);
    for (let n = 2; n <= available; n++) {
      low = extendLow(low, lows[index - n + 1]!);
      high = extendHigh(high, highs[index - n + 1]!);
      const found = table.find(low, high);
      slots[n] = found;
      if (found !== -1) longest = n;
      else if (isClosed) break;
    }
    let log10 = slots[longest] === -1 ? NO_UNKNOWN : table.probability[slots[longest]!]!;
    for (let n = longest; n < available; n++) if (before[n] !== -1) log10 += table.backoff[before[n]!]!;
    return log10;
  }
}

/** Perplexity per word: 10 to the power of minus log10 by words; 0 for no words. */
export function perplexityOf({ log10, words }: TextScore): number {
  return words === 0 ? 0 : 10 ** (-log10 / words);
}
