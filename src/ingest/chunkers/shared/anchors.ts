/** Breaks at which a cut is made whatever comes before: they let two versions of a text agree again after an edit. */
import type { Breaks } from "./breaks.ts";

/** Code units on either side of a break that its hash looks at. */
const hashReach = 16;

/** 24-bit hash of the text around a break: the same words give the same value wherever they stand. */
export function hashAround(text: string, offset: number): number {
  let hash = 0x811c9dc5;
  const end = Math.min(text.length, offset + hashReach);
  for (let at = Math.max(0, offset - hashReach); at < end; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return hash & 0xffffff;
}

/**
 * Marks the breaks that are better than every other within `reach` tokens on both sides (by strength, then by hash),
 * and no closer than `margin` tokens to either border. Nothing but the text nearby decides, so an edit moves only the
 * anchors beside it. `at[k]` is the token position of break k.
 */
export function findAnchors(
  breaks: Breaks,
  hashes: Uint32Array,
  at: Uint32Array,
  reach: number,
  margin: number,
): Uint8Array {
  const last = breaks.offsets.length - 1;
  const anchors = new Uint8Array(last + 1);
  const rank = (k: number) => breaks.strengths[k]! * 0x1000000 + hashes[k]!;
  // A stack of breaks with falling rank: what is still on it when a better or equal one comes ends there.
  const stack: number[] = [];
  const clearBefore = new Uint8Array(last + 1);
  for (let k = 1; k < last; k++) {
    const own = rank(k);
    while (stack.length > 0 && rank(stack.at(-1)!) < own) {
      const beaten = stack.pop()!;
      if (at[k]! - at[beaten]! > reach) anchors[beaten] = clearBefore[beaten]!;
    }
    const better = stack.at(-1);
    clearBefore[k] = better === undefined || at[k]! - at[better]! > reach ? 1 : 0;
    if (better !== undefined && rank(better) === own && at[k]! - at[better]! <= reach) clearBefore[better] = 0;
    stack.push(k);
  }
  for (const k of stack) anchors[k] = clearBefore[k]!;
  for (let k = 1; k < last; k++) {
    if (at[k]! - at[0]! < margin || at[last]! - at[k]! < margin) anchors[k] = 0;
  }
  return anchors;
}
