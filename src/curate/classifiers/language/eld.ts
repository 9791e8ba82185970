/**
 * Language by n-grams of bytes: the algorithm and the database of eld (Nito T.M., Apache-2.0), over the packed table
 * and over pieces of the whole text instead of its first 350 bytes. One piece scores exactly as eld does.
 */
import { avgScore } from "../../../../node_modules/eld/src/avgScore.js";
import { dictionary } from "../../../../node_modules/eld/src/dictionary.js";
import { separators } from "../../../../node_modules/eld/src/regexPatterns.js";
import { HashSet64 } from "../../shared/text/hash-set.ts";
import { type Guess, type LanguageDetector, UNDETERMINED } from "./detector.ts";
import { LAST, type NgramTable, packNgrams, slotOf } from "./eld-table.ts";
import { sample } from "./sample.ts";

/** eld stops at the first space after 350 bytes, or inside a word after 380. */
const PIECE_CHARS = 400;
const SPACE_AFTER_BYTES = 350;
const CUT_AFTER_BYTES = 380;
const MAX_WORD = 70;
/** eld leaves this much out of each score of its database. */
const LEAST_SCORE = 53;

/** Scores of one text. */
export interface Ranking {
  /** Number in `languages` of the best and of the second best; -1 for none. */
  best: number;
  second: number;
  /** Mean score per n-gram of those two. */
  bestMean: number;
  secondMean: number;
  /** Different n-grams of the text. */
  ngrams: number;
}

export interface EldDetector extends LanguageDetector {
  /** The scores behind a guess. */
  rank(text: string): Ranking;
}

/** eld calls no text with fewer n-grams reliable: one word, or two short ones. */
const LEAST_NGRAMS = 3;
/** eld's scale from a mean score per n-gram to a score between 0 and 1. */
const SCALE = 25;
const FAR_AHEAD = 20;

const codes = Uint8Array.from(dictionary, (char) => char.charCodeAt(0));

let opened: Promise<EldDetector> | undefined;

/** Opens the detector once per process. */
export function openEld(): Promise<EldDetector> {
  opened ??= import("../../../../node_modules/eld/src/ngrams/large.js", { with: { type: "text" } }).then(
    ({ default: source }) => makeDetector(packNgrams(source)),
  );
  return opened;
}

const SPACE = 32;

function makeDetector(table: NgramTable): EldDetector {
  const seen = new HashSet64();
  let cut = 0;
  const sums = new Float64Array(table.languages.length);
  const word = new Uint8Array(PIECE_CHARS * 4);

  const add = (low: number, high: number) => {
    if (!seen.add(low, high)) return;
    let slot = slotOf(low, high, table.mask);
    while (table.low[slot] !== low || table.high[slot] !== high) {
      if (table.low[slot] === 0) return;
      slot = (slot + 1) & table.mask;
    }
    for (let at = table.starts[slot]!; ; at++) {
      const packed = table.scores[at]!;
      sums[(packed & ~LAST) >> 8]! += (packed & 0xff) + LEAST_SCORE;
      if (packed & LAST) return;
    }
  };

  const addWord = (size: number) => {
    const length = Math.min(size, MAX_WORD);
    let at = 0;
    for (; at + 4 < length; at += 3) {
      const [a, b, c, d] = [word[at]!, word[at + 1]!, word[at + 2]!, word[at + 3]!];
      if (at === 0) add((SPACE | (a << 8) | (b << 16) | (c << 24)) >>> 0, d);
      else add((a | (b << 8) | (c << 16) | (d << 24)) >>> 0, 0);
    }
    // The end of a longer word is no n-gram of the database; eld counts it all the same.
    if (size > MAX_WORD) cut++;
    else addEnd(at === 0, Math.max(0, length - 4), length);
  };

  const addEnd = (isFirst: boolean, from: number, to: number) => {
    let low = isFirst ? SPACE : 0;
    let high = 0;
    let size = isFirst ? 1 : 0;
    for (let i = from; i <= to; i++, size++) {
      const code = i === to ? SPACE : word[i]!;
      if (size < 4) low |= code << (8 * size);
      else high |= code << (8 * (size - 4));
    }
    add(low >>> 0, high);
  };

  const rank = (text: string): Ranking => {
    sums.fill(0);
    seen.clear();
    cut = 0;
    for (const piece of sample(text, PIECE_CHARS)) {
      eachWord(piece.replace(separators, " ").trim().toLowerCase(), word, addWord);
    }
    return ranking(sums, seen.size + cut);
  };
  return { languages: table.languages, rank, detect: (text) => guess(rank(text), table.languages) };
}

/**
 * eld's score is no probability: a text in a language that it does not know gets 0.6 as well. This is the chance that
 * the guess is right, by a logistic regression over 75,000 passages of the Universal Declaration of Human Rights in 57
 * languages that eld knows and, at a tenth of their weight, 400 that it does not (`bench/language.ts`).
 */
function guess({ best, bestMean, secondMean, ngrams }: Ranking, languages: readonly string[]): Guess {
  if (best === -1 || ngrams < LEAST_NGRAMS) return UNDETERMINED;
  const language = languages[best]!;
  const lead = Math.min(bestMean - secondMean, FAR_AHEAD) / FAR_AHEAD;
  const typical = bestMean / (bestMean + SCALE) / avgScore[language]!;
  const logit = -24.47 + 3.187 * lead + 22.92 * typical + 0.4394 * Math.log(ngrams);
  return { language, score: 1 / (1 + Math.exp(-logit)) };
}

/** Writes each word of the beginning of a text into `word`, a character of eld's alphabet per byte of UTF-8. */
function eachWord(text: string, word: Uint8Array, take: (size: number) => void): void {
  let size = 0;
  let bytes = 0;
  for (let i = 0; i < text.length && bytes <= CUT_AFTER_BYTES; i++) {
    let code = text.charCodeAt(i);
    if (code === SPACE) {
      if (size > 0) take(size);
      size = 0;
      if (bytes > SPACE_AFTER_BYTES) return;
      bytes++;
    } else if (code < 0x80) {
      word[size++] = code;
      bytes++;
    } else if (code < 0x800) {
      word[size++] = codes[0xc0 | (code >> 6)]!;
      word[size++] = codes[0x80 | (code & 0x3f)]!;
      bytes += 2;
    } else if (code < 0xd800 || code >= 0xe000) {
      word[size++] = codes[0xe0 | (code >> 12)]!;
      word[size++] = codes[0x80 | ((code >> 6) & 0x3f)]!;
      word[size++] = codes[0x80 | (code & 0x3f)]!;
      bytes += 3;
    } else {
      code = 0x10000 + (((code & 0x3ff) << 10) | (text.charCodeAt(++i) & 0x3ff));
      word[size++] = codes[0xf0 | (code >> 18)]!;
      word[size++] = codes[0x80 | ((code >> 12) & 0x3f)]!;
      word[size++] = codes[0x80 | ((code >> 6) & 0x3f)]!;
      word[size++] = codes[0x80 | (code & 0x3f)]!;
      bytes += 4;
    }
  }
  if (size > 0) take(size);
}

function ranking(sums: Float64Array, ngrams: number): Ranking {
  let best = -1;
  let second = -1;
  for (let i = 0; i < sums.length; i++) {
    if (sums[i]! <= 0) continue;
    if (best === -1 || sums[i]! > sums[best]!) {
      second = best;
      best = i;
    } else if (second === -1 || sums[i]! > sums[second]!) second = i;
  }
  const mean = (index: number) => (index === -1 ? 0 : sums[index]! / ngrams);
  return { best, second, bestMean: mean(best), secondMean: mean(second), ngrams };
}
