/** Exceptions that the rules take apart, such as a smile of `:` and `)`, put together again. */
import { exceptions, longestException } from "./exceptions.ts";

export type SplitByRules = (stretch: string) => number[];

interface Found {
  /** Indices of the first and the last piece. */
  first: number;
  last: number;
}

/** Makes the last step of the tokenizer; `splitByRules` splits a stretch as if no exception were known. */
export function exceptionMerger(splitByRules: SplitByRules): (stretch: string, ends: number[]) => number[] {
  /** Ends of the pieces of each exception that the rules take apart. */
  const apart = new Map<string, readonly number[]>();
  /** Whether the first two pieces of one may begin with these two ASCII characters. */
  const mayBegin = new Uint8Array(128 * 128);
  for (const word of exceptions.keys()) {
    const ends = splitByRules(word);
    if (ends.length < 2) continue;
    apart.set(word, ends);
    const pair = pairAt(word, 0, ends[0]!);
    if (pair >= 0) mayBegin[pair] = 1;
  }

  const find = (stretch: string, ends: readonly number[]): Found[] => {
    const found: Found[] = [];
    for (let first = 0, start = 0; first + 1 < ends.length; start = ends[first++]!) {
      const pair = pairAt(stretch, start, ends[first]!);
      if (pair >= 0 && mayBegin[pair] === 0) continue;
      for (let last = first + 1; last < ends.length && ends[last]! - start <= longestException; last++) {
        const pieces = apart.get(stretch.slice(start, ends[last]!));
        if (pieces?.length === last - first + 1 && pieces.every((end, i) => ends[first + i]! - start === end)) {
          found.push({ first, last });
        }
      }
    }
    return found;
  };

  return (stretch, ends) => {
    const found = ends.length < 2 ? [] : find(stretch, ends);
    return found.length === 0 ? ends : merge(stretch, ends, chooseLongest(found));
  };
}

/** The first characters of two pieces as one number; -1 when they are not both ASCII. */
function pairAt(stretch: string, one: number, other: number): number {
  const first = stretch.charCodeAt(one);
  const second = stretch.charCodeAt(other);
  return first < 128 && second < 128 ? first * 128 + second : -1;
}

/** Last pieces by first ones: the longest exceptions first, the earlier of equals, none over another. */
function chooseLongest(found: Found[]): Map<number, number> {
  found.sort((a, b) => b.last - b.first - (a.last - a.first) || a.first - b.first);
  const seen = new Set<number>();
  const chosen = new Map<number, number>();
  for (const { first, last } of found) {
    if (!seen.has(first) && !seen.has(last)) chosen.set(first, last);
    for (let i = first; i <= last; i++) seen.add(i);
  }
  return chosen;
}

function merge(stretch: string, ends: readonly number[], chosen: ReadonlyMap<number, number>): number[] {
  const merged: number[] = [];
  for (let i = 0; i < ends.length; i++) {
    const last = chosen.get(i);
    if (last === undefined) {
      merged.push(ends[i]!);
      continue;
    }
    let end = ends[i - 1] ?? 0;
    for (const length of exceptions.get(stretch.slice(end, ends[last]!))!) {
      end += length;
      merged.push(end);
    }
    i = last;
  }
  return merged;
}
