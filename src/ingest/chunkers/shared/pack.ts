/** Chooses where chunks end: few chunks, good places, and the same places again after an edit elsewhere. */
import { findAnchors, hashAround } from "./anchors.ts";
import type { Breaks } from "./breaks.ts";
import type { Limits } from "./limits.ts";
import type { TokenMap } from "./token-map.ts";

/** What one more chunk costs; the other costs are read against it. */
const chunkCost = 1000;
/** Extra cost of a chunk below `tinyPart` of the budget. */
const tinyCost = 500;
const tinyPart = 0.25;
/** Cost of a cut by strength: inside a word, word, lead, line, sentence, paragraph, block. */
const cutCosts = [900, 700, 600, 350, 250, 60, 0] as const;
/** Leaves 0–255 of a cut's 24-bit hash as cost: equal places are told apart by their content, not by a count. */
const hashShift = 16;
/** Reach of an anchor in budgets, and how far it stays from the borders. */
const anchorReach = 0.6;
const anchorMargin = 0.5;

/**
 * Indices of the breaks at which chunks end, ascending, the last break included. The cheapest division is found
 * exactly, in time linear in the number of breaks: a chunk costs the same wherever it ends, so for each break the best
 * predecessor is the minimum over a sliding window. Every piece between neighbouring breaks must fit on its own.
 */
export function pack(text: string, breaks: Breaks, tokens: TokenMap, limits: Limits): number[] {
  const { offsets, strengths } = breaks;
  const last = offsets.length - 1;
  if (last <= 0) return [];
  const at = Uint32Array.from(offsets, (offset) => tokens.before(offset));
  const fitsWhole = at[last]! - at[0]! <= limits.maxTokens && offsets[last]! - offsets[0]! <= limits.maxCharacters;
  if (fitsWhole) return [last];

  const hashes = Uint32Array.from(offsets, (offset) => hashAround(text, offset));
  const { bodyTokens, maxCharacters } = limits;
  const anchors = findAnchors(breaks, hashes, at, bodyTokens * anchorReach, bodyTokens * anchorMargin);
  const tiny = bodyTokens * tinyPart;
  const best = new Float64Array(last + 1).fill(Number.POSITIVE_INFINITY);
  const previous = new Uint32Array(last + 1);
  best[0] = 0;

  const full = slidingMinimum(best);
  const small = slidingMinimum(best);
  let low = 0;
  let smallFrom = 0;
  for (let k = 1; k <= last; k++) {
    if (anchors[k - 1]) low = k - 1;
    while (at[k]! - at[low]! > bodyTokens || offsets[k]! - offsets[low]! > maxCharacters) low++;
    while (smallFrom < k && at[k]! - at[smallFrom]! >= tiny) full.push(smallFrom++);
    small.push(k - 1);
    consider(k, full.minimum(low), chunkCost);
    consider(k, small.minimum(Math.max(low, smallFrom)), chunkCost + tinyCost);
    // A piece that must stay whole may be larger than the budget, never larger than the limit.
    if (best[k] === Number.POSITIVE_INFINITY) consider(k, k - 1, chunkCost);
    if (k < last) best[k]! += cutCosts[strengths[k]!]! + (hashes[k]! >>> hashShift);
  }

  const cuts: number[] = [];
  for (let k = last; k > 0; k = previous[k]!) cuts.push(k);
  return cuts.reverse();

  function consider(k: number, from: number, cost: number): void {
    if (from < 0 || best[from]! + cost >= best[k]!) return;
    best[k] = best[from]! + cost;
    previous[k] = from;
  }
}

/** The index with the smallest value among those pushed (ascending) and not below a rising lower bound. */
function slidingMinimum(values: Float64Array): { push(index: number): void; minimum(low: number): number } {
  const queue: number[] = [];
  let head = 0;
  return {
    push(index) {
      while (queue.length > head && values[queue.at(-1)!]! > values[index]!) queue.pop();
      queue.push(index);
    },
    /** -1 when none is left. */
    minimum(low) {
      while (head < queue.length && queue[head]! < low) head++;
      if (head > 4096) {
        queue.splice(0, head);
        head = 0;
      }
      return head < queue.length ? queue[head]! : -1;
    },
  };
}
