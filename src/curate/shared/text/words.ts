/** The words of a text as numbers in typed arrays: by spaces, and as spaCy's English tokenizer splits them. */

import { grown, scratch } from "./buffers.ts";
import { classes, space } from "./characters.ts";
import { factShift, HASH_START, hashStep, lengthFact, WordTable } from "./word-table.ts";

/** Numbers of equal words are equal, within one text. Arrays may be longer than their counts, and are used again. */
export interface Stretches {
  count: number;
  /** Number of each stretch between spaces (Python's `str.split`), in order. */
  ids: Int32Array;
  /** Where each begins, in UTF-16 code units. */
  starts: Int32Array;
  table: WordTable;
}

export interface Words {
  count: number;
  /** Number of each word, in order. */
  ids: Int32Array;
  /** Index of the first word of each stretch; one more entry than there are stretches. */
  firstOfStretch: Int32Array;
  stretches: Stretches;
}

const table = new WordTable();
const stretches: Stretches = { count: 0, ids: new Int32Array(1 << 12), starts: new Int32Array(1 << 12), table };
const words: Words = {
  count: 0,
  ids: new Int32Array(1 << 13),
  firstOfStretch: new Int32Array(1 << 12),
  stretches,
};
let stretchedText: string | undefined;
let splitText: string | undefined;

/** What stands between spaces; valid until it is asked for another text. */
export function stretchesOf(text: string): Stretches {
  if (stretchedText === text) return stretches;
  stretchedText = undefined;
  splitText = undefined;
  table.beginText();
  stretches.ids = scratch(stretches.ids, 0);
  stretches.starts = scratch(stretches.starts, 0);
  words.ids = scratch(words.ids, 0);
  let count = 0;
  let start = 0;
  let hash = HASH_START;
  for (let at = 0; at <= text.length; at++) {
    const unit = at < text.length ? text.charCodeAt(at) : 0x20;
    if ((classes[unit]! & space) === 0) {
      hash = hashStep(hash, unit);
      continue;
    }
    if (start < at) {
      if (count >= stretches.ids.length) growStretches(count + 1);
      stretches.ids[count] = table.intern(text, start, at, hash);
      stretches.starts[count] = start;
      count++;
      hash = HASH_START;
    }
    start = at + 1;
  }
  stretches.count = count;
  stretchedText = text;
  return stretches;
}

/** The words that datatrove counts; valid until it is asked for another text. */
export function wordsOf(text: string): Words {
  const { count, ids, starts } = stretchesOf(text);
  if (splitText === text) return words;
  words.firstOfStretch = scratch(words.firstOfStretch, count + 1);
  let total = 0;
  for (let i = 0; i < count; i++) {
    words.firstOfStretch[i] = total;
    const most = total + table.facts[(ids[i]! << factShift) + lengthFact]!;
    if (most > words.ids.length) words.ids = grown(words.ids, most);
    total += table.copyPieces(ids[i]!, text, starts[i]!, words.ids, total);
  }
  words.firstOfStretch[count] = total;
  words.count = total;
  splitText = text;
  return words;
}

function growStretches(size: number): void {
  stretches.ids = grown(stretches.ids, size);
  stretches.starts = grown(stretches.starts, size);
}
