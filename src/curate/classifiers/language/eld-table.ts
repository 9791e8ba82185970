/**
 * The n-grams of eld's large database in typed arrays. As eld loads it (an object of 245,000 objects) it takes 190 MB
 * in each process and most of the time of a detection; packed it takes 10 MB.
 */
import { assert } from "../../../core/errors.ts";

export interface NgramTable {
  /** ISO 639-1 by the number of a language. */
  languages: readonly string[];
  /** Open addressing; the low four characters and the other two of an n-gram. 0 is an empty slot. */
  low: Uint32Array;
  high: Uint16Array;
  /** Where the slot's scores begin; they end where `scores` has `LAST` set. */
  starts: Uint32Array;
  /** `language << 8 | score`, with `LAST` on the last of an n-gram. */
  scores: Uint16Array;
  mask: number;
}

export const LAST = 0x8000;
const LANGUAGES = /languages:\{([^}]*)\}/;
const CAPACITY = 1 << 19;
const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const CLOSE = 125;

/** Slot at which the search for an n-gram begins. */
export function slotOf(low: number, high: number, mask: number): number {
  const mixed = Math.imul(low ^ Math.imul(high + 1, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & mask;
}

/** Packs the text of eld's `ngrams/<size>.js`. */
export function packNgrams(source: string): NgramTable {
  const listed = LANGUAGES.exec(source)?.[1];
  const begin = source.indexOf("ngrams:{") + "ngrams:{".length;
  assert(listed !== undefined && begin > "ngrams:{".length, "eld's database has another form");
  const table: NgramTable = {
    languages: [...listed.matchAll(/'([a-z]+)'/g)].map(([, code]) => code!),
    low: new Uint32Array(CAPACITY),
    high: new Uint16Array(CAPACITY),
    starts: new Uint32Array(CAPACITY),
    scores: new Uint16Array(source.length >> 2),
    mask: CAPACITY - 1,
  };
  const end = fill(table, source, begin);
  return { ...table, scores: table.scores.slice(0, end) };
}

/** Reads `'key':{language:score,…},` until the closing brace; the end of the scores. */
function fill(table: NgramTable, source: string, begin: number): number {
  let at = begin;
  let end = 0;
  while (source.charCodeAt(at) !== CLOSE) {
    const first = source.charCodeAt(at);
    const quote = first === QUOTE || first === DOUBLE_QUOTE ? first : 0;
    if (quote !== 0) at++;
    let low = 0;
    let high = 0;
    let size = 0;
    for (let unit = source.charCodeAt(at); unit !== (quote || COLON); unit = source.charCodeAt(++at)) {
      if (unit === BACKSLASH) unit = source.charCodeAt(++at);
      if (size < 4) low |= unit << (8 * size);
      else high |= unit << (8 * (size - 4));
      size++;
    }
    insert(table, low >>> 0, high, end);
    at = source.indexOf("{", at) + 1;
    while (true) {
      let language = 0;
      let score = 0;
      for (; source.charCodeAt(at) !== COLON; at++) language = language * 10 + source.charCodeAt(at) - 48;
      for (at++; source.charCodeAt(at) >= 48 && source.charCodeAt(at) <= 57; at++) {
        score = score * 10 + source.charCodeAt(at) - 48;
      }
      table.scores[end++] = (language << 8) | score;
      if (source.charCodeAt(at++) === CLOSE) break;
    }
    table.scores[end - 1]! |= LAST;
    if (source.charCodeAt(at) === COMMA) at++;
  }
  return end;
}

function insert(table: NgramTable, low: number, high: number, start: number): void {
  let slot = slotOf(low, high, table.mask);
  while (table.low[slot] !== 0) slot = (slot + 1) & table.mask;
  table.low[slot] = low;
  table.high[slot] = high;
  table.starts[slot] = start;
}
