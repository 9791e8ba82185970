/** How much of a text its repeated n-grams make up, counted in the ways of datatrove, dolma and NeMo Curator. */

import { scratch } from "./buffers.ts";
import { type GramLevel, visitGrams } from "./grams.ts";
import { factShift, pointsFact, type WordTable } from "./word-table.ts";

/** The most frequent n-gram: on a tie, the one that comes first in the text. */
export interface TopGram {
  /** Index of its first word. */
  at: number;
  times: number;
}

/** Words and the offsets that their characters would have were they joined without spaces. */
export interface Measured {
  ids: Int32Array;
  count: number;
  /** Code points before each word; one more entry than there are words. */
  before: Int32Array;
}

let before = new Int32Array(1 << 12);
let seen = new Uint8Array(1 << 12);

/** Adds up the code points of words; the array is used again by the next call. */
export function measureWords(ids: Int32Array, count: number, { facts }: WordTable): Measured {
  before = scratch(before, count + 1);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    before[i] = sum;
    sum += facts[(ids[i]! << factShift) + pointsFact]!;
  }
  before[count] = sum;
  return { ids, count, before };
}

/** Calls `visit` for n-grams of 2 to 10 words, the lengths that Gopher looks at. */
export function visitLevels(words: Measured, visit: (level: GramLevel) => void): void {
  visitGrams(words.ids, words.count, 10, visit);
}

/** The most frequent n-gram of a level; undefined when the text has fewer than n words. */
export function topGram(words: Measured, level: GramLevel): TopGram | undefined {
  if (words.count < level.n) return undefined;
  let best = -1;
  let at = 0;
  for (let i = 0; i < level.count; i++) {
    const position = level.positions[i]!;
    const gram = level.grams[position]!;
    // Numbers ascend with first occurrences, and so do positions: of equals, the first stays.
    if (best >= 0 && level.times[gram]! <= level.times[best]!) continue;
    best = gram;
    at = position;
  }
  return { at, times: best < 0 ? 1 : level.times[best]! };
}

/** Code points of the n-grams that repeat an earlier one; after each, its n words are skipped (datatrove). */
export function skippingDuplicates(words: Measured, level: GramLevel): number {
  clearSeen(words.count);
  let points = 0;
  let next = 0;
  for (let i = 0; i < level.count; i++) {
    const at = level.positions[i]!;
    if (at < next) continue;
    const gram = level.grams[at]!;
    if (seen[gram] === 0) {
      seen[gram] = 1;
      continue;
    }
    points += pointsOf(words, at, level.n);
    next = at + level.n;
  }
  return points;
}

/** Share of the code points of all n-grams that those occurring more than once have, every copy counted (dolma). */
export function copiesShare(words: Measured, level: GramLevel): number {
  let all = 0;
  for (let at = 0; at + level.n <= words.count; at++) all += pointsOf(words, at, level.n);
  let repeated = 0;
  for (let i = 0; i < level.count; i++) repeated += pointsOf(words, level.positions[i]!, level.n);
  return repeated / Math.max(all, 1);
}

/** Code points of repeated n-grams with the spaces between words, each word once (NeMo Curator). */
export function coveredDuplicates(words: Measured, level: GramLevel): number {
  clearSeen(words.count);
  const { n } = level;
  let points = 0;
  /** Words before this index are counted. */
  let covered = 0;
  for (let i = 0; i < level.count; i++) {
    const at = level.positions[i]!;
    const gram = level.grams[at]!;
    if (seen[gram] === 0) {
      seen[gram] = 1;
      continue;
    }
    const overlap = Math.max(covered - at, 0);
    points += words.before[at + n]! - words.before[at + overlap]! + Math.min(n - overlap, n - 1);
    covered = at + n;
  }
  return points;
}

/** Code points of the n words from `at` on, without spaces. */
export function pointsOf(words: Measured, at: number, n: number): number {
  return words.before[at + n]! - words.before[at]!;
}

function clearSeen(count: number): void {
  seen = scratch(seen, count);
  seen.fill(0, 0, count);
}
