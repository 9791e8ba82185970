/** Word n-grams of a text as hashes: 32-bit ones for signatures, and sets of 53-bit ones for exact comparison. */
import { fmix32, power32 } from "./mix.ts";
import type { Words } from "./words.ts";

const BASE = 0x9e3779b1;
const BASE_HIGH = 0x85ebca77;

/**
 * Hashes of all n-grams in order, into `out` (at least `words.count` long); returns how many. A text of fewer than n
 * words has one n-gram, all its words; one without words has none.
 */
export function shingleHashes(words: Words, n: number, out: Uint32Array): number {
  const { hashes, count } = words;
  const size = Math.min(n, count);
  if (size === 0) return 0;
  const leaving = power32(BASE, size);
  let hash = 0;
  for (let i = 0; i < size; i++) hash = (Math.imul(hash, BASE) + hashes[i]!) | 0;
  out[0] = fmix32(hash);
  for (let i = size; i < count; i++) {
    hash = (Math.imul(hash, BASE) + hashes[i]! - Math.imul(hashes[i - size]!, leaving)) | 0;
    out[i - size + 1] = fmix32(hash);
  }
  return count - size + 1;
}

/** All n-grams in order as strings, words joined by spaces; short texts as in `shingleHashes`. */
export function shingleStrings(words: Words, n: number): string[] {
  const { units, unitEnds, count } = words;
  const size = Math.min(n, count);
  if (size === 0) return [];
  const text = Buffer.from(units.buffer, 0, words.length * 2).toString("utf16le");
  const shingles: string[] = [];
  for (let i = size; i <= count; i++) {
    shingles.push(text.slice(words.unitStart(i - size), unitEnds[i - 1]));
  }
  return shingles;
}

/**
 * The set of a text's n-grams as sorted 53-bit hashes. Two different n-grams of a pair of texts of 10,000 words share a
 * hash with a probability below 1e-7, so that comparing sets compares n-grams.
 */
export function shingleSet(words: Words, n: number): Float64Array {
  const { units, unitEnds, count } = words;
  const size = Math.min(n, count);
  if (size === 0) return new Float64Array(0);
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  for (let word = 0, at = 0; word < count; word++) {
    const end = unitEnds[word]!;
    let a = 0x2545f491;
    let b = 0x6c8e9cf5;
    for (; at < end; at++) {
      a = Math.imul(a ^ units[at]!, BASE);
      b = Math.imul(b + units[at]!, BASE_HIGH) ^ (b >>> 15);
    }
    at = end + 1;
    low[word] = fmix32(a);
    high[word] = fmix32(b);
  }
  const set = new Float64Array(count - size + 1);
  const lowLeaving = power32(BASE, size);
  const highLeaving = power32(BASE_HIGH, size);
  let a = 0;
  let b = 0;
  for (let i = 0; i < count; i++) {
    a = (Math.imul(a, BASE) + low[i]!) | 0;
    b = (Math.imul(b, BASE_HIGH) + high[i]!) | 0;
    if (i >= size) {
      a = (a - Math.imul(low[i - size]!, lowLeaving)) | 0;
      b = (b - Math.imul(high[i - size]!, highLeaving)) | 0;
    }
    if (i >= size - 1) set[i - size + 1] = (fmix32(b) >>> 11) * 0x1_0000_0000 + fmix32(a);
  }
  return distinct(set.sort());
}

function distinct(sorted: Float64Array): Float64Array {
  let count = 1;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i]!;
  return sorted.slice(0, count);
}

/** Numbers that two sorted sets share. */
export function shared(a: Float64Array, b: Float64Array): number {
  let count = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const x = a[i]!;
    const y = b[j]!;
    if (x === y) count++;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return count;
}

/** Shared members divided by all members; 0 for two empty sets. */
export function jaccard(a: Float64Array, b: Float64Array): number {
  const both = shared(a, b);
  const all = a.length + b.length - both;
  return all === 0 ? 0 : both / all;
}

/** The share of `part`'s members that `whole` has; 0 for an empty part. */
export function containment(part: Float64Array, whole: Float64Array): number {
  return part.length === 0 ? 0 : shared(part, whole) / part.length;
}
