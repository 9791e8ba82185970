/** Finds listed words in a text: whole words only, whatever their case, accents or the figures that stand for letters. */
import { DIGIT, foldTable, I_OR_L, OTHER, SEPARATOR, SHARP_S, SIGN, SKIP, STAR } from "./fold.ts";
import { type FormTable, formTable, hashStart, hashStep, mayHold, textOf } from "./forms.ts";
import { kinds, weights } from "./words.ts";

export interface Findings {
  /** Words of the text, listed or not. */
  words: number;
  /** Listed words that were found, by kind in the order of `kinds`, and the sum of their weights. */
  hits: Uint32Array;
  weight: number;
}

const MAX_LETTERS = 32;
const LETTERS = 26;
const LETTER_I = 9;
const LETTER_L = 12;
const LETTER_S = 19;
const DOLLAR = 36;

/** Folded letters of the word at hand; one text is scanned at a time. */
const word = new Uint8Array(MAX_LETTERS);

/** What the list finds in a text; time grows with the length of the text alone. */
export function scanText(text: string): Findings {
  const table = formTable();
  const found: Findings = { words: 0, hits: new Uint32Array(kinds.length), weight: 0 };
  let size = 0;
  let digits = 0;
  let odd = false;
  let head = "";
  for (let i = 0; i <= text.length; i++) {
    let code = i < text.length ? foldTable[text.charCodeAt(i)]! : SEPARATOR;
    if (code > LETTERS) {
      if (code === SKIP) continue;
      if (code >= SIGN) code = size > 0 ? signAt(text, i, code) : SEPARATOR;
      else if (code === STAR) code = size > 0 && isLetterAt(text, i + 1) ? STAR : SEPARATOR;
      else if (code > DIGIT) {
        // At its end a digit counts the word, as in put4, and stands for nothing.
        code = isLetterAt(text, i + 1) ? code - DIGIT : OTHER;
        digits++;
      } else if (code === SHARP_S) {
        if (size < MAX_LETTERS) word[size] = LETTER_S;
        size++;
        code = LETTER_S;
      }
      odd ||= code > LETTERS;
    }
    if (code !== SEPARATOR) {
      if (size < MAX_LETTERS) word[size] = code;
      size++;
      continue;
    }
    if (size === 0) continue;
    found.words++;
    // More digits than letters are a part number, as in A55.
    head = size <= MAX_LETTERS && digits * 2 <= size ? look(table, found, size, odd, head) : "";
    size = digits = 0;
    odd = false;
  }
  return found;
}

/**
 * A sign inside a word stands for a letter, as does a `$` at its end; any other is punctuation, and so is one before a
 * word, as in $name and @name.
 */
function signAt(text: string, at: number, code: number): number {
  return isLetterAt(text, at + 1) || text.charCodeAt(at) === DOLLAR ? code - SIGN : SEPARATOR;
}

function isLetterAt(text: string, at: number): boolean {
  if (at >= text.length) return false;
  const unit = text.charCodeAt(at);
  const code = foldTable[unit]!;
  return unit === DOLLAR || (code !== SEPARATOR && code !== STAR && code !== SKIP && code < SIGN);
}

/** Counts the word at hand when it is listed; gives it back when it begins a listed pair. */
function look(table: FormTable, found: Findings, size: number, odd: boolean, head: string): string {
  let hash = hashStart;
  let run = 1;
  let longest = 1;
  for (let i = 0; i < size; i++) {
    const code = word[i]!;
    hash = hashStep(hash, code === I_OR_L ? LETTER_I : code);
    run = i > 0 && code === word[i - 1] ? run + 1 : 1;
    if (run > longest) longest = run;
  }
  if (!mayHold(table, hash) && !odd && longest < 3) return "";
  for (const form of spellings(size, odd, longest >= 3)) {
    const kind = table.words.get(form) ?? (head === "" ? undefined : table.pairs.get(`${head} ${form}`));
    if (kind !== undefined) {
      found.hits[kinds.indexOf(kind)]!++;
      found.weight += weights[kind];
      return "";
    }
    if (table.heads.has(form)) return form;
  }
  return "";
}

/** The word at hand as it may be meant: `1` as `i` or `l`, and letters that are drawn out as one or two. */
function spellings(size: number, odd: boolean, drawnOut: boolean): string[] {
  const codes = word.subarray(0, size);
  if (odd && codes.includes(OTHER)) return [];
  const read = odd ? [LETTER_I, LETTER_L] : [LETTER_I];
  const forms = read.map((letter) => textOf(codes.map((code) => (code === I_OR_L ? letter : code))));
  if (!drawnOut) return forms;
  return [
    ...forms.map((form) => form.replace(/(.)\1{2,}/g, "$1")),
    ...forms.map((form) => form.replace(/(.)\1{2,}/g, "$1$1")),
  ];
}
