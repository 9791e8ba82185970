/**
 * Repeated n-grams of a text: for n = 2, 3, … in turn, which n-grams occur more than once and where. Exact, since an
 * n-gram is known by the numbers of its two (n−1)-grams; and fast, since only repeated (n−1)-grams can be parts of one.
 */
import { scratch } from "./buffers.ts";

/** What is known about the n-grams of one length. Arrays are used again by the next length. */
export interface GramLevel {
  n: number;
  /** Positions whose n-gram occurs again somewhere, ascending, and how many they are. */
  positions: Int32Array;
  count: number;
  /** By position: the number of its n-gram when that is repeated, otherwise -1. Valid below the count of words. */
  grams: Int32Array;
  /** By number: how often the n-gram occurs. Numbers ascend with first occurrences. */
  times: Int32Array;
}

const NONE = -1;

let grams = new Int32Array(1 << 12);
let positions = new Int32Array(1 << 12);
let times = new Int32Array(1 << 12);
let slots = new Int32Array(1 << 13);
let keys = new Int32Array(1 << 13);

/** Calls `visit` with each length from 2 to `longest` of n-grams over `ids`; a level is valid during its call only. */
export function visitGrams(ids: Int32Array, count: number, longest: number, visit: (level: GramLevel) => void): void {
  grams = scratch(grams, count + 1);
  positions = scratch(positions, count + 1);
  const level: GramLevel = { n: 1, positions, count: 0, grams, times };
  countWords(ids, count, level);
  for (let n = 2; n <= longest; n++) {
    level.n = n;
    extend(level);
    visit(level);
  }
}

/** The level of single words. */
function countWords(ids: Int32Array, count: number, level: GramLevel): void {
  let most = 0;
  for (let i = 0; i < count; i++) if (ids[i]! > most) most = ids[i]!;
  times = scratch(times, Math.max(most + 1, count));
  level.times = times;
  for (let i = 0; i < count; i++) times[ids[i]!] = 0;
  for (let i = 0; i < count; i++) times[ids[i]!] = times[ids[i]!]! + 1;
  let repeated = 0;
  for (let i = 0; i < count; i++) {
    const id = ids[i]!;
    grams[i] = NONE;
    if (times[id] === 1) continue;
    grams[i] = id;
    positions[repeated++] = i;
  }
  grams[count] = NONE;
  level.count = repeated;
}

/** From the repeated (n−1)-grams to the repeated n-grams. */
function extend(level: GramLevel): void {
  const size = 1 << (32 - Math.clz32(Math.max(16, level.count * 2)));
  slots = scratch(slots, size);
  keys = scratch(keys, size * 2);
  slots.fill(0, 0, size);
  const mask = size - 1;
  let distinct = 0;
  let candidates = 0;
  for (let i = 0; i < level.count; i++) {
    const at = positions[i]!;
    const first = grams[at]!;
    const second = grams[at + 1]!;
    if (second === NONE) {
      grams[at] = NONE;
      continue;
    }
    let slot = mix(first, second) & mask;
    let entry = slots[slot]!;
    while (entry !== 0 && (keys[entry * 2 - 2] !== first || keys[entry * 2 - 1] !== second)) {
      slot = (slot + 1) & mask;
      entry = slots[slot]!;
    }
    if (entry === 0) {
      keys[distinct * 2] = first;
      keys[distinct * 2 + 1] = second;
      times[distinct] = 0;
      entry = ++distinct;
      slots[slot] = entry;
    }
    times[entry - 1] = times[entry - 1]! + 1;
    grams[at] = entry - 1;
    positions[candidates++] = at;
  }
  let repeated = 0;
  for (let i = 0; i < candidates; i++) {
    const at = positions[i]!;
    if (times[grams[at]!] === 1) grams[at] = NONE;
    else positions[repeated++] = at;
  }
  level.count = repeated;
}

function mix(first: number, second: number): number {
  const hash = Math.imul(first ^ Math.imul(second, 0x85ebca6b), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
