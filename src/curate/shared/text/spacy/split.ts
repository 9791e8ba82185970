/**
 * Splits what stands between two spaces into the words of spaCy's English tokenizer, the splitter that datatrove counts
 * with: affixes come off in turn, known words are split by name, URLs stay whole, and the middle is cut at separators
 * (spacy/tokenizer.pyx, 3.8). One thing differs: an exception is looked for inside one such stretch, never across spaces.
 */
import { findInfixes, prefixLength, suffixLength } from "./affixes.ts";
import { exceptionAt } from "./exceptions.ts";
import { exceptionMerger } from "./merge.ts";
import { isUrl } from "./url.ts";

/** Ends of the words in a stretch without spaces, ascending; the last one is its length. */
export function splitStretch(stretch: string): number[] {
  const whole = exceptionAt(stretch, 0, stretch.length);
  if (whole) return endsOf(whole, 0);
  return mergeExceptions(stretch, splitAffixes(stretch, true));
}

function endsOf(lengths: readonly number[], from: number): number[] {
  let end = from;
  return lengths.map((length) => {
    end += length;
    return end;
  });
}

function splitAffixes(stretch: string, withExceptions: boolean): number[] {
  const ends: number[] = [];
  /** Starts of the words that came off the end, the last one first. */
  const tail: number[] = [];
  const isException = (start: number, end: number) => withExceptions && exceptionAt(stretch, start, end) !== undefined;
  let from = 0;
  let to = stretch.length;
  for (let last = -1; from < to && to - from !== last && !isException(from, to); ) {
    last = to - from;
    const before = prefixLength(stretch, from, to);
    if (before > 0 && isException(from + before, to)) {
      from += before;
      ends.push(from);
      break;
    }
    const after = suffixLength(stretch, from + before, to);
    if (after > 0 && isException(from, to - after)) {
      to -= after;
      tail.push(to);
      break;
    }
    if (before > 0) {
      from += before;
      ends.push(from);
    }
    if (after > 0) {
      to -= after;
      tail.push(to);
    }
  }
  if (from < to) pushMiddle(stretch, from, to, withExceptions, ends);
  for (let i = tail.length - 1; i >= 0; i--) ends.push(tail[i - 1] ?? stretch.length);
  return ends;
}

function pushMiddle(stretch: string, from: number, to: number, withExceptions: boolean, ends: number[]): void {
  const known = withExceptions ? exceptionAt(stretch, from, to) : undefined;
  if (known) {
    ends.push(...endsOf(known, from));
    return;
  }
  const cuts: number[] = [];
  if (!isUrl(stretch.slice(from, to))) findInfixes(stretch, from, to, cuts);
  let start = from;
  for (let i = 0; i < cuts.length; i += 2) {
    if (cuts[i] === from) continue;
    if (cuts[i]! > start) ends.push(cuts[i]!);
    start = cuts[i + 1]!;
    ends.push(start);
  }
  if (start < to) ends.push(to);
}

const mergeExceptions = exceptionMerger((stretch) => splitAffixes(stretch, false));
