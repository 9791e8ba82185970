/** Arrays of fixed-width records of 32-bit numbers: sorting them, and finding a range in a sorted one. */

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/**
 * Sorts `count` records of `words` numbers by their first `keys` numbers, unsigned, keeping the order of equal ones.
 * `spare` is as large as `records`; the result lies in the array that is returned, which is one of the two.
 */
export function sortRecords(
  records: Uint32Array,
  spare: Uint32Array,
  words: number,
  count: number,
  keys: number,
): Uint32Array {
  let from = records;
  let to = spare;
  const counts = new Uint32Array(DIGITS);
  for (let key = keys - 1; key >= 0; key--) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      if (!countDigits(from, words, count, key, shift, counts)) continue;
      scatter(from, to, words, count, key, shift, counts);
      const next = from;
      from = to;
      to = next;
    }
  }
  return from;
}

/** Turns `counts` into the first position of each digit; false when all records have the same one. */
function countDigits(
  from: Uint32Array,
  words: number,
  count: number,
  key: number,
  shift: number,
  counts: Uint32Array,
): boolean {
  counts.fill(0);
  const end = count * words;
  for (let at = key; at < end; at += words) {
    const digit = (from[at]! >>> shift) & (DIGITS - 1);
    counts[digit] = counts[digit]! + 1;
  }
  let position = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const here = counts[digit]!;
    if (here === count) return false;
    counts[digit] = position;
    position += here;
  }
  return true;
}

function scatter(
  from: Uint32Array,
  to: Uint32Array,
  words: number,
  count: number,
  key: number,
  shift: number,
  counts: Uint32Array,
): void {
  const end = count * words;
  for (let at = 0; at < end; at += words) {
    const digit = (from[at + key]! >>> shift) & (DIGITS - 1);
    const position = counts[digit]!;
    counts[digit] = position + 1;
    const target = position * words;
    for (let word = 0; word < words; word++) to[target + word] = from[at + word]!;
  }
}

/** True when two records of one array have the same first `keys` numbers. */
export function sameKey(records: Uint32Array, a: number, b: number, keys: number): boolean {
  for (let word = 0; word < keys; word++) if (records[a + word] !== records[b + word]) return false;
  return true;
}

/** Calls `visit` with the borders, in records, of each run of two or more records with the same key. */
export function forEachGroup(
  records: Uint32Array,
  words: number,
  count: number,
  keys: number,
  visit: (first: number, end: number) => void,
): void {
  for (let first = 0; first < count; ) {
    let end = first + 1;
    while (end < count && sameKey(records, first * words, end * words, keys)) end++;
    if (end - first > 1) visit(first, end);
    first = end;
  }
}
