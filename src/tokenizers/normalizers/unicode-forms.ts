/** Unicode normal forms by the Rust library's tables, which are older than the engine's. */
import { COMPATIBLE, UNCOMPOSED } from "../more-unicode-tables.ts";
import { rewrite, type Step } from "../sourced.ts";
import { decomposeHangul, unicode, unpackMap, unpackSet } from "../unicode.ts";

export type Form = "NFC" | "NFD" | "NFKC" | "NFKD";

interface Tables {
  /** Code points of the full decomposition, canonical and compatible. */
  canonical: ReadonlyMap<number, readonly number[]>;
  compatible: ReadonlyMap<number, readonly number[]>;
  ranks: ReadonlyMap<number, number>;
  /** A pair of code points, as one number, to what it composes to. */
  composed: ReadonlyMap<number, number>;
}

const CODE_POINTS = 0x110000;
const LEADS = { first: 0x1100, count: 19 };
const VOWELS = { first: 0x1161, count: 21 };
const TRAILS = { first: 0x11a7, count: 28 };
const SYLLABLES = 0xac00;
const SYLLABLE_COUNT = 11_172;

let tables: Tables | undefined;

function allTables(): Tables {
  if (!tables) {
    const { decompositions, combiningRanks } = unicode();
    const compatible = new Map([...decompositions, ...unpackMap(COMPATIBLE)]);
    tables = { canonical: decompositions, compatible, ranks: combiningRanks, composed: compositions(decompositions) };
  }
  return tables;
}

const pair = (first: number, second: number) => first * CODE_POINTS + second;

/** Shorter decompositions come first, so that what all but the last code point compose to is known. */
function compositions(decompositions: ReadonlyMap<number, readonly number[]>): Map<number, number> {
  const uncomposed = new Uint8Array(CODE_POINTS);
  unpackSet(uncomposed, UNCOMPOSED, 1);
  const composed = new Map<number, number>();
  const usable = [...decompositions].filter(([code, parts]) => parts.length > 1 && uncomposed[code] === 0);
  for (const [code, parts] of usable.sort(([, a], [, b]) => a.length - b.length)) {
    let first = parts[0]!;
    for (const next of parts.slice(1, -1)) first = composed.get(pair(first, next)) ?? -1;
    if (first >= 0) composed.set(pair(first, parts.at(-1)!), code);
  }
  return composed;
}

/** Changes a text to a normal form. */
export function unicodeForm(form: Form): Step {
  return (input) => {
    // What is normal by newer tables is so by older ones.
    if (input.text.normalize(form) === input.text) return input;
    return rewrite(input, /[\0-\x7f]?[^\0-\x7f]+/g, (stretch) => normalized(stretch, form));
  };
}

function normalized(text: string, form: Form): string {
  if (text.normalize(form) === text) return text;
  const codes = decomposed(text, form);
  const all = form === "NFC" || form === "NFKC" ? composedAll(codes) : codes;
  return Array.from(all, (code) => String.fromCodePoint(code)).join("");
}

function decomposed(text: string, form: Form): number[] {
  const { canonical, compatible, ranks } = allTables();
  const table = form === "NFKC" || form === "NFKD" ? compatible : canonical;
  const codes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    for (const part of decomposeHangul(code) ?? table.get(code) ?? [code]) {
      const rank = ranks.get(part) ?? 0;
      let at = codes.length;
      // Marks stay in order of their ranks; equal ones stay as they came.
      while (rank > 0 && at > 0 && (ranks.get(codes[at - 1]!) ?? 0) > rank) at--;
      codes.splice(at, 0, part);
    }
  }
  return codes;
}

function composedAll(codes: readonly number[]): number[] {
  const { ranks, composed } = allTables();
  const out: number[] = [];
  let starter = -1;
  let lastRank = 0;
  for (const code of codes) {
    const rank = ranks.get(code) ?? 0;
    const adjacent = starter === out.length - 1;
    const together =
      starter >= 0 && (adjacent || (lastRank < rank && lastRank > 0))
        ? (hangul(out[starter]!, code) ?? composed.get(pair(out[starter]!, code)))
        : undefined;
    if (together !== undefined) {
      out[starter] = together;
      continue;
    }
    if (rank === 0) starter = out.length;
    lastRank = rank;
    out.push(code);
  }
  return out;
}

function hangul(first: number, second: number): number | undefined {
  const lead = first - LEADS.first;
  const vowel = second - VOWELS.first;
  if (lead >= 0 && lead < LEADS.count && vowel >= 0 && vowel < VOWELS.count) {
    return SYLLABLES + (lead * VOWELS.count + vowel) * TRAILS.count;
  }
  const syllable = first - SYLLABLES;
  const trail = second - TRAILS.first;
  const open = syllable >= 0 && syllable < SYLLABLE_COUNT && syllable % TRAILS.count === 0;
  return open && trail > 0 && trail < TRAILS.count ? first + trail : undefined;
}
