/** The lines of a text as offsets in typed arrays, with which of them say the same as an earlier one. */

import { grown } from "./buffers.ts";
import { classes, lineEnd, space } from "./characters.ts";
import { RangeTable } from "./range-table.ts";
import { HASH_START, hashStep } from "./word-table.ts";

/** Arrays may be longer than `count`, and are used again for the next text. */
export interface Lines {
  count: number;
  /** Offsets in UTF-16 code units, line ends not included. */
  starts: Int32Array;
  ends: Int32Array;
  /** Offsets without the spaces around; equal for a blank line. */
  inkStarts: Int32Array;
  inkEnds: Int32Array;
  /** Code points, spaces included. */
  points: Int32Array;
  /** Index of the first line with the same characters: the line's own index when it is the first. */
  firstEqual: Int32Array;
  /** Whether something other than a newline ends a line to Python's `str.splitlines`. */
  hasOtherEnds: boolean;
}

const newlineBuffers = makeLines();
const everyEndBuffers = makeLines();
let newlineText: string | undefined;
let everyEndText: string | undefined;
const seen = new RangeTable();

function makeLines(): Lines {
  const array = () => new Int32Array(1 << 10);
  return {
    count: 0,
    starts: array(),
    ends: array(),
    inkStarts: array(),
    inkEnds: array(),
    points: array(),
    firstEqual: array(),
    hasOtherEnds: false,
  };
}

/** Lines between newlines, as Python's `text.split("\n")`: one more than there are newlines. */
export function linesOf(text: string): Lines {
  if (newlineText !== text) {
    newlineText = undefined;
    scan(text, newlineBuffers, false);
    newlineText = text;
  }
  return newlineBuffers;
}

/** Lines as Python's `str.splitlines` gives them: more kinds of line ends, and no empty line after the last one. */
export function splitLinesOf(text: string): Lines & { splitCount: number } {
  const lines = linesOf(text);
  if (!lines.hasOtherEnds) return withoutLastEmpty(lines);
  if (everyEndText !== text) {
    everyEndText = undefined;
    scan(text, everyEndBuffers, true);
    everyEndText = text;
  }
  return withoutLastEmpty(everyEndBuffers);
}

function withoutLastEmpty(lines: Lines): Lines & { splitCount: number } {
  const last = lines.count - 1;
  return { ...lines, splitCount: lines.starts[last] === lines.ends[last] ? last : lines.count };
}

function scan(text: string, lines: Lines, everyEnd: boolean): void {
  const { length } = text;
  lines.count = 0;
  lines.hasOtherEnds = false;
  seen.clear();
  let start = 0;
  let inkStart = -1;
  let inkEnd = 0;
  let pairs = 0;
  let hash = HASH_START;
  for (let at = 0; at <= length; at++) {
    const unit = at < length ? text.charCodeAt(at) : 0x0a;
    const kind = classes[unit]!;
    if ((kind & lineEnd) !== 0) {
      if (unit === 0x0a || everyEnd) {
        addLine(text, lines, start, at, inkStart, inkEnd, pairs, hash);
        // A carriage return and the newline after it are one end.
        if (unit === 0x0d && text.charCodeAt(at + 1) === 0x0a) at++;
        start = at + 1;
        inkStart = -1;
        pairs = 0;
        hash = HASH_START;
        continue;
      }
      lines.hasOtherEnds = true;
    }
    hash = hashStep(hash, unit);
    if ((kind & space) === 0) {
      if (inkStart < 0) inkStart = at;
      inkEnd = at + 1;
      if (unit >= 0xdc00 && unit < 0xe000) pairs++;
    }
  }
}

function addLine(
  text: string,
  lines: Lines,
  start: number,
  end: number,
  inkStart: number,
  inkEnd: number,
  pairs: number,
  hash: number,
): void {
  const index = lines.count++;
  if (index >= lines.starts.length) growLines(lines);
  lines.starts[index] = start;
  lines.ends[index] = end;
  lines.inkStarts[index] = inkStart < 0 ? end : inkStart;
  lines.inkEnds[index] = inkStart < 0 ? end : inkEnd;
  lines.points[index] = end - start - pairs;
  lines.firstEqual[index] = seen.firstEqual(text, start, end, hash);
}

function growLines(lines: Lines): void {
  const size = lines.count;
  lines.starts = grown(lines.starts, size);
  lines.ends = grown(lines.ends, size);
  lines.inkStarts = grown(lines.inkStarts, size);
  lines.inkEnds = grown(lines.inkEnds, size);
  lines.points = grown(lines.points, size);
  lines.firstEqual = grown(lines.firstEqual, size);
}
