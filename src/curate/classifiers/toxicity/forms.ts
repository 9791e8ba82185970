/** The listed words as a table of folded forms, with a filter before it that lets most words pass at one look. */
import { DIGIT, foldTable, SHARP_S, STAR } from "./fold.ts";
import { type Kind, listedForms } from "./words.ts";

export interface FormTable {
  /** One bit per hash of a listed word, a first or a second word of a pair. */
  filter: Uint8Array;
  words: Map<string, Kind>;
  /** Two words with a space between. */
  pairs: Map<string, Kind>;
  heads: Set<string>;
}

const FILTER_BITS = 1 << 16;
const VOWELS = /[aeiou]/g;

/** FNV-1a, one folded letter at a time. */
export const hashStart = 0x811c9dc5 | 0;
export const hashStep = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193);

let made: FormTable | undefined;

/** The table, made at its first use. */
export function formTable(): FormTable {
  made ??= makeTable();
  return made;
}

/** False when no listed word has this hash. */
export function mayHold(table: FormTable, hash: number): boolean {
  const bit = (hash ^ (hash >>> 16)) & (FILTER_BITS - 1);
  return (table.filter[bit >> 3]! & (1 << (bit & 7))) !== 0;
}

/** Folded letters as text: `a` to `z`, and `{` for a letter that was blanked out. */
export function textOf(codes: Uint8Array): string {
  return String.fromCharCode(...codes.map((code) => code + 96));
}

function makeTable(): FormTable {
  const table: FormTable = {
    filter: new Uint8Array(FILTER_BITS / 8),
    words: new Map(),
    pairs: new Map(),
    heads: new Set(),
  };
  for (const { form, kind } of listedForms()) {
    const [first, second] = form.split(" ").map(fold) as [string, string | undefined];
    if (second !== undefined) {
      table.pairs.set(`${first} ${second}`, kind);
      table.heads.add(first);
      for (const part of [first, second]) admit(table, part);
      continue;
    }
    const blanked = textOf(Uint8Array.of(STAR));
    const masked = [...first.matchAll(VOWELS)].map(
      ({ index }) => first.slice(0, index) + blanked + first.slice(index + 1),
    );
    for (const spelling of [first, ...masked.filter((text) => /^[a-z].*[a-z]$/.test(text))]) {
      if (!table.words.has(spelling)) table.words.set(spelling, kind);
      admit(table, spelling);
    }
  }
  return table;
}

function fold(word: string): string {
  const codes = Array.from(word, (char) => foldTable[char.charCodeAt(0)]!);
  return textOf(
    Uint8Array.from(codes.flatMap((code) => (code === SHARP_S ? [19, 19] : [code > DIGIT ? code - DIGIT : code]))),
  );
}

function admit(table: FormTable, word: string): void {
  let hash = hashStart;
  for (let i = 0; i < word.length; i++) hash = hashStep(hash, word.charCodeAt(i) - 96);
  const bit = (hash ^ (hash >>> 16)) & (FILTER_BITS - 1);
  table.filter[bit >> 3]! |= 1 << (bit & 7);
}
