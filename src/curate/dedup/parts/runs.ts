/** Runs of equal words around anchors: each is extended in both directions, word by word, as far as both texts agree. */

import type { WordList } from "../text/words.ts";
import { anchorWords } from "./anchors.ts";

/** Comparisons for each word of a text before anchors within what is cut anyway are left alone. */
const COMPARISONS_PER_WORD = 64;

export interface Run {
  /** Words of the text, `to` not included. */
  from: number;
  to: number;
}

/**
 * Finds the runs of one text at a time. A text that repeats itself at every distance ("a a a …") would be compared with
 * itself again and again: once it has been for 64 times its length, only what is not yet cut is looked at.
 */
export class RunFinder {
  readonly #minTokens: number;
  #words!: WordList;
  /** 1 for words that lie in a run. */
  #covered = new Uint8Array(0);
  #budget = 0;
  #other!: WordList;
  /** By the distance of two places: where the run that was found last at it ends. */
  #reached = new Map<number, number>();

  constructor(minTokens: number) {
    this.#minTokens = minTokens;
  }

  /** Begins with a text; the words of both texts must stay as they are as long as it is looked at. */
  begin(words: WordList): void {
    this.#words = words;
    if (this.#covered.length < words.count) this.#covered = new Uint8Array(words.count);
    else this.#covered.fill(0, 0, words.count);
    this.#budget = COMPARISONS_PER_WORD * words.count;
  }

  /** Compares with another text from here on, or with the text itself. */
  compareWith(other: WordList): void {
    this.#other = other;
    this.#reached.clear();
  }

  /** The run around two places, when it is long enough and was not found before. Places come in order within a partner. */
  find(here: number, there: number): Run | undefined {
    const distance = here - there;
    if (here < (this.#reached.get(distance) ?? 0)) return undefined;
    const exhausted = this.#budget <= 0;
    if (exhausted && this.#isCovered(here)) return undefined;
    const { from, to } = this.#extend(here, distance, exhausted);
    this.#budget -= to - from;
    this.#reached.set(distance, Math.max(to, here + 1));
    if (to - from < this.#minTokens) return undefined;
    this.#covered.fill(1, from, to);
    return { from, to };
  }

  #isCovered(here: number): boolean {
    return this.#covered[here] === 1 && this.#covered[here + anchorWords(this.#minTokens) - 1] === 1;
  }

  /** Empty where not even the anchors are equal. */
  #extend(here: number, distance: number, exhausted: boolean): Run {
    const words = this.#words;
    const other = this.#other;
    let to = here;
    const end = Math.min(words.count, other.count + distance);
    while (to < end && sameWord(words, to, other, to - distance)) to++;
    if (to - here < anchorWords(this.#minTokens)) return { from: here, to: here };
    // A run that is long enough without what is covered may end there.
    const least = exhausted ? to - this.#minTokens : here;
    let from = here;
    while (from > 0 && from > distance && sameWord(words, from - 1, other, from - 1 - distance)) {
      if (exhausted && from <= least && this.#covered[from - 1] === 1) break;
      from--;
    }
    return { from, to };
  }
}

function sameWord(a: WordList, i: number, b: WordList, j: number): boolean {
  const start = i === 0 ? 0 : a.unitEnds[i - 1]! + 1;
  const other = j === 0 ? 0 : b.unitEnds[j - 1]! + 1;
  const length = a.unitEnds[i]! - start;
  if (b.unitEnds[j]! - other !== length || a.hashes[i] !== b.hashes[j]) return false;
  for (let k = 0; k < length; k++) if (a.units[start + k] !== b.units[other + k]) return false;
  return true;
}
