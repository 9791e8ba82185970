/** Finds personal data: one cheap scan for triggers, and an exact look only around them. */
import { isDigit } from "./characters.ts";
import { type Digits, type PiiKind, type PiiSpan, piiKinds } from "./detector.ts";
import { type Looks, looksOf, manyDigits } from "./detectors.ts";

const letter = 0;
const separator = 1;
const digit = 2;
const at = 3;
const assignment = 4;
const joint = 5;
const bracket = 6;

/** Class of each ASCII character. */
const classes = new Uint8Array(128).fill(separator);
for (let code = 0; code < 128; code++) {
  if (/\d/.test(String.fromCharCode(code))) classes[code] = digit;
  else if (/[A-Za-z]/.test(String.fromCharCode(code))) classes[code] = letter;
}
classes[45] = joint;
classes[95] = joint;
classes[64] = at;
classes[58] = assignment;
classes[61] = assignment;
for (const open of "([{<") classes[open.charCodeAt(0)] = bracket;

const shortestWord = 10;
const longestStretch = 40;

/**
 * Personal data in `text`: spans in UTF-16 code units, ascending, none overlapping another.
 * `kinds` limits the search; without it all kinds are looked for. Time is linear in the length of the text.
 */
export function findPii(text: string, kinds?: readonly PiiKind[]): PiiSpan[] {
  const found = candidates(text, looksOf(kinds));
  return found.length > 1 ? withoutOverlaps(found) : found;
}

/** Every hit of every detector, in order of the places that triggered them. */
function candidates(text: string, looks: Looks): PiiSpan[] {
  const found: PiiSpan[] = [];
  const length = text.length;
  // Words of letters and digits, and words that `-` and `_` go on.
  let wordStart = 0;
  let longStart = 0;
  const endWord = (end: number) => {
    if (end - longStart >= shortestWord) for (const look of looks.word) keep(found, look(text, longStart, end));
  };
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? classes[code]! : separator;
    if (kind === letter) continue;
    if (kind === digit) {
      const end = runEnd(text, i);
      const place = digitsAt(text, i, end, wordStart);
      const chosen = wordStart < i ? looks.inWord : place.count < manyDigits ? looks.few : looks.many;
      keep(found, look(text, chosen, place));
      i = end - 1;
      continue;
    }
    wordStart = i + 1;
    if (kind === joint) continue;
    endWord(i);
    longStart = i + 1;
    if (kind === separator) continue;
    if (kind === assignment) keep(found, look(text, looks.assignment, i));
    else if (kind === at || isBracketedAt(text, i)) keep(found, look(text, looks.at, i));
  }
  endWord(length);
  return found;
}

function look<Place>(
  text: string,
  looks: readonly ((text: string, place: Place) => PiiSpan | undefined)[],
  place: Place,
): PiiSpan | undefined {
  for (let i = 0; i < looks.length; i++) {
    const hit = looks[i]!(text, place);
    if (hit) return hit;
  }
  return undefined;
}

function keep(found: PiiSpan[], hit: PiiSpan | undefined): void {
  if (hit) found.push(hit);
}

function isBracketedAt(text: string, open: number): boolean {
  const from = text.charCodeAt(open + 1) === 32 ? open + 2 : open + 1;
  const first = text.charCodeAt(from);
  return first === 64 || ((first | 32) === 97 && (text.charCodeAt(from + 1) | 32) === 116);
}

function runEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** Measures the stretch of digits that begins with the run [start, end). */
function digitsAt(text: string, start: number, end: number, wordStart: number): Digits {
  let count = end - start;
  const limit = Math.min(text.length, start + longestStretch);
  for (let i = end, gap = 0; i < limit && gap <= 3; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) {
      count++;
      gap = 0;
    } else if (isJoint(code)) gap++;
    else break;
  }
  return { start, runEnd: end, count, wordStart };
}

/** Space, ( ) - . / and their typographic kin. */
const isJoint = (code: number): boolean =>
  code === 32 ||
  code === 40 ||
  code === 41 ||
  (code >= 45 && code <= 47) ||
  code === 0xa0 ||
  code === 0x2009 ||
  code === 0x202f ||
  (code >= 0x2010 && code <= 0x2013);

const rank = (span: PiiSpan): number => piiKinds.indexOf(span.kind);

function outranks(span: PiiSpan, last: PiiSpan): boolean {
  const [length, other] = [span.end - span.start, last.end - last.start];
  if (length !== other && (span.end <= last.end || span.start === last.start)) return length > other;
  return rank(span) < rank(last) || (rank(span) === rank(last) && length > other);
}

/** Of overlapping spans the one that holds the other stays, then the kind with precedence, then the longer one. */
function withoutOverlaps(found: PiiSpan[]): PiiSpan[] {
  const kept: PiiSpan[] = [];
  for (const span of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    let wins = true;
    while (kept.length > 0 && kept.at(-1)!.end > span.start) {
      const last = kept.at(-1)!;
      wins = outranks(span, last);
      if (!wins) break;
      kept.pop();
    }
    if (wins) kept.push(span);
  }
  return kept;
}
