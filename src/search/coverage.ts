/**
 * How many of a question's words a passage holds. BM25 gives one rare word as much as three plain ones, and a passage
 * with one rare word of a question is seldom about it. Lucene multiplied by the same share (`coord`) before it had BM25.
 */
import { PARTS, spacedOnly, unspacedPairs } from "../store/words.ts";
import { byScore, type LegRow } from "./fusion.ts";

/** English words that questions are built with, which say nothing of what they are about. */
const EMPTY: ReadonlySet<string> = new Set(
  `a about above after again against all am an and any are as at be because been before being below between both but by
  can could did do does doing down during each few for from further get gets got had has have having he her here hers
  him his how i if in into is it its just make makes may me might more most must my no nor not now of off on once one
  ones only or other our ours out over own same shall she should so some such than that the their theirs them then
  there these they this those through to too under until up very was we were what when where which while who whom
  whose why will with would you your yours`.split(/\s+/),
);

/** Thai, the first letter of the scripts without spaces. Few of the others behind it have spaces; their words are looked for as parts. */
const FIRST_UNSPACED = 0x0e01;

/** Most letters of an ending: `report` is in `reporters`, `log` not in `logarithm`. */
const LONGEST_ENDING = 3;

/** What is left of a lowercase English word without its commonest endings: the beginning of all its forms. */
function beginning(word: string): string {
  let rest = word;
  if (rest.length > 4 && rest.endsWith("ies")) rest = rest.slice(0, -3);
  else if (rest.length > 3 && rest.endsWith("s") && !/(?:ss|us|is)$/.test(rest)) rest = rest.slice(0, -1);
  if (rest.length > 5 && rest.endsWith("ing")) rest = rest.slice(0, -3);
  else if (rest.length > 4 && rest.endsWith("ed")) rest = rest.slice(0, -2);
  if (rest.length > 3 && /([^aeioulsz])\1$/.test(rest)) rest = rest.slice(0, -1);
  return rest.length > 3 && /[ey]$/.test(rest) ? rest.slice(0, -1) : rest;
}

/** Beginnings of the words that say what a query is about, each once; of a script without spaces, pairs of characters. */
export function contentWords(query: string): string[] {
  const bare = withoutAccents(query);
  const words = new Set(unspacedPairs(bare));
  for (const [word] of spacedOnly(bare).matchAll(PARTS)) {
    const lower = word.toLowerCase();
    if (lower.length > 1 && !EMPTY.has(lower)) words.add(beginning(lower));
  }
  return [...words];
}

/**
 * Share of `words`, as `contentWords` gives them, that a passage holds: 0–1. One counts as held in any case, since full
 * text has found the passage by one: its stemmer knows more forms.
 */
export function coverage(words: readonly string[], passage: string): number {
  if (words.length < 2) return 1;
  const bare = withoutAccents(passage);
  const lower = bare.toLowerCase();
  // A few letters become two in lowercase; then borders within names are lost, not all others shifted.
  const written = lower.length === bare.length ? bare : lower;
  let held = 0;
  for (const word of words) if (holds(written, lower, word)) held++;
  return Math.max(1, held) / words.length;
}

/**
 * What one word of three or more counts beside the vectors, in words: so little that it only orders passages where
 * nothing else does.
 */
const ONE_WORD = 1e-6;

/**
 * Share of a question's words that counts beside the vectors: of those beside the one that found the passage, since full
 * text finds none without one. Of two words there is but one other, and all or nothing says too much of it.
 */
function shareBeside(words: number, share: number): number {
  return words < 3 ? share : Math.max(ONE_WORD, share * words - 1) / (words - 1);
}

/** A row of the text leg: its score is that of the leg times the coverage, its evidence times `shareBeside`. */
export type Covered<T> = T & Pick<LegRow, "coverage" | "evidence">;

/** Rows of the text leg with their passages, each score times the coverage of the query, best first. */
export function byCoverage<T extends { id: string; score: number; passage?: string }>(
  query: string,
  rows: readonly T[],
): Covered<T>[] {
  const words = contentWords(query);
  const covered = rows.map((row) => {
    const share = coverage(words, row.passage ?? "");
    return {
      ...row,
      score: row.score * share,
      coverage: share,
      evidence: row.score * shareBeside(words.length, share),
    };
  });
  return covered.sort(byScore);
}

/** Whether a word or a part of an identifier begins with `word` and ends soon after it. */
function holds(written: string, lower: string, word: string): boolean {
  if (word.charCodeAt(0) >= FIRST_UNSPACED) return lower.includes(word);
  for (let at = lower.indexOf(word); at !== -1; at = lower.indexOf(word, at + 1)) {
    if (!isBorder(written, at)) continue;
    const last = at + word.length + LONGEST_ENDING;
    for (let end = at + word.length; end <= last; end++) if (isBorder(written, end)) return true;
  }
  return false;
}

/** Whether a word, or a part of an identifier, begins or ends before a character: `HTTP|Server`, `get|User`. */
function isBorder(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  if (!isLetter(before) || !isLetter(after)) return true;
  if (!isCapital(after)) return false;
  return !isCapital(before) || isSmall(text.charCodeAt(at + 1));
}

/** Letters and digits of scripts with spaces between words; false for NaN, outside the text. */
function isLetter(code: number): boolean {
  if (code < 128) return isSmall(code) || isCapital(code) || (code >= 48 && code <= 57);
  return code >= 0xc0 && code < FIRST_UNSPACED;
}

function isSmall(code: number): boolean {
  return code >= 97 && code <= 122;
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}

function withoutAccents(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .normalize("NFC");
}
