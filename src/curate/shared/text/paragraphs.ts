/** Paragraphs of a text: which of them say the same as an earlier one. */
import { type Lines, linesOf } from "./lines.ts";
import { RangeTable } from "./range-table.ts";
import { HASH_START, hashStep } from "./word-table.ts";

export interface ParagraphCounts {
  count: number;
  /** Paragraphs that are equal to an earlier one, and their code points. */
  duplicates: number;
  duplicatePoints: number;
}

const seen = new RangeTable();

/** Paragraphs between empty lines of the text without the spaces around it: Python's `re.split("\n{2,}", text.strip())`. */
export function countParagraphs(text: string): ParagraphCounts {
  const lines = linesOf(text);
  const counts = { count: 0, duplicates: 0, duplicatePoints: 0 };
  const [first, last] = inkedLines(lines);
  const compared = mayRepeat(lines, first, last);
  if (compared) seen.clear();
  if (first > last) {
    // An empty string split in Python is one empty string.
    counts.count = 1;
    return counts;
  }
  for (let line = first; line <= last; line++) {
    if (lines.starts[line] === lines.ends[line]) continue;
    let end = line;
    while (end < last && lines.starts[end + 1] !== lines.ends[end + 1]) end++;
    const from = line === first ? lines.inkStarts[line]! : lines.starts[line]!;
    const to = end === last ? lines.inkEnds[end]! : lines.ends[end]!;
    if (compared) add(text, from, to, counts);
    else counts.count++;
    line = end;
  }
  return counts;
}

/** Equal paragraphs begin and end with equal lines, but for the first and the last one, which lose the spaces around. */
function mayRepeat(lines: Lines, first: number, last: number): boolean {
  if (lines.starts[first] !== lines.inkStarts[first] || lines.ends[last] !== lines.inkEnds[last]) return true;
  for (let line = first; line <= last; line++) {
    if (lines.firstEqual[line] !== line && lines.starts[line] !== lines.ends[line]) return true;
  }
  return false;
}

/** Paragraphs between two newlines, as Python's `text.split("\n\n")`, empty ones included. */
export function countSplitParagraphs(text: string): ParagraphCounts {
  const counts = { count: 0, duplicates: 0, duplicatePoints: 0 };
  seen.clear();
  for (let from = 0; from <= text.length; ) {
    const found = text.indexOf("\n\n", from);
    const to = found < 0 ? text.length : found;
    add(text, from, to, counts);
    if (found < 0) break;
    from = found + 2;
  }
  return counts;
}

function add(text: string, from: number, to: number, counts: ParagraphCounts): void {
  let hash = HASH_START;
  let points = 0;
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    hash = hashStep(hash, unit);
    if (unit < 0xdc00 || unit >= 0xe000) points++;
  }
  const index = counts.count++;
  if (seen.firstEqual(text, from, to, hash) === index) return;
  counts.duplicates++;
  counts.duplicatePoints += points;
}

/** The first and the last line that is not blank; the first is after the last when there is none. */
function inkedLines(lines: Lines): [number, number] {
  let first = 0;
  let last = lines.count - 1;
  while (first <= last && lines.inkStarts[first] === lines.inkEnds[first]) first++;
  while (last > first && lines.inkStarts[last] === lines.inkEnds[last]) last--;
  return [first, last];
}
