/**
 * Anchors for finding repeated runs of words: few positions of a text, chosen by what stands there alone, so that two
 * texts that share a run of `minTokens` words have an anchor at the same place of it (winnowing, Schleimer et al. 2003).
 */
import { exactHash } from "../text/exact-hash.ts";
import { shingleHashes } from "../text/shingles.ts";
import type { Words } from "../text/words.ts";

const hash = new Uint32Array(4);
let grams = new Uint32Array(1_024);

/** Words that are hashed at an anchor: half of the shortest run. */
export function anchorWords(minTokens: number): number {
  return Math.ceil(minTokens / 2);
}

/** Calls `visit` with the word and the hash of each anchor, in order of words. */
export function forEachAnchor(words: Words, minTokens: number, visit: (word: number, hash: Uint32Array) => void): void {
  if (words.count < minTokens) return;
  const size = anchorWords(minTokens);
  const window = minTokens - size + 1;
  if (grams.length < words.count) grams = new Uint32Array(Math.ceil(words.count * 1.25));
  const count = shingleHashes(words, size, grams);
  let last = -1;
  for (let end = window; end <= count; end++) {
    // The last anchor stays while it is in the window and nothing in it is smaller, so that text that repeats itself
    // has few; of equal ones in a new window the latest is taken.
    const from = end - window;
    if (last < from) last = smallest(grams, from, end);
    else if (grams[end - 1]! < grams[last]!) last = end - 1;
    else continue;
    exactHash(words.units.subarray(words.unitStart(last), words.unitEnds[last + size - 1]!), hash, 0);
    visit(last, hash);
  }
}

function smallest(values: Uint32Array, from: number, end: number): number {
  let best = from;
  for (let i = from + 1; i < end; i++) if (values[i]! <= values[best]!) best = i;
  return best;
}
