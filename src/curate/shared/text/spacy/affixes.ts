/**
 * What spaCy's English tokenizer takes off the ends of a word and where it cuts inside (spacy/lang/punctuation.py and
 * spacy/lang/en/punctuation.py, 3.8), read as rules over character classes instead of regular expressions: a long run
 * of marks is walked once.
 */
import {
  alpha,
  beforeStop,
  classOf,
  currency,
  digit,
  icon,
  lower,
  prefix,
  quote,
  suffix,
  upper,
} from "./characters.ts";

const STOP = 0x2e;
const ELLIPSIS = 0x2026;
const HYPHEN = 0x2d;
const DASH = 0x2014;

const unitNames =
  "km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa Pa " +
  "mbar mb MB kb KB gb GB tb TB T G M K % км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с км/ч кПа " +
  "Па мбар Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ тбكم كم² كم³ م م² م³ سم سم² سم³ مم مم² مم³ كم غرام جرام جم كغ ملغ كوب اكواب";
const units = new Set(unitNames.split(" "));
const longestUnit = Math.max(...[...units].map((unit) => unit.length));
/** Last characters of units and currencies. */
const endsMeasure = new Uint8Array(0x10000);
for (const unit of units) endsMeasure[unit.charCodeAt(unit.length - 1)] = 1;
for (let unit = 0; unit < endsMeasure.length; unit++) if ((classOf(unit) & currency) !== 0) endsMeasure[unit] = 1;

/** UTF-16 units that belong to the front of `[from, to)` of a word and are taken off; 0 for none. */
export function prefixLength(word: string, from: number, to: number): number {
  const first = codePointAt(word, from, to);
  if (first === STOP) {
    const run = runOf(word, STOP, from, to);
    return run > 1 ? run : 0;
  }
  if (first === 0x2b) return hasClass(word, from + 1, to, digit) ? 0 : 1;
  if ((classOf(first) & prefix) !== 0) return first > 0xffff ? 2 : 1;
  if (to - from < 2) return 0;
  const three = word.slice(from, Math.min(to, from + 3));
  if (three === "US$") return 3;
  return three.startsWith("C$") || three.startsWith("A$") ? 2 : 0;
}

/** UTF-16 units that belong to the end of `[from, to)` of a word and are taken off; 0 for none. */
export function suffixLength(word: string, from: number, to: number): number {
  if (to <= from) return 0;
  const last = codePointBefore(word, from, to);
  if (last === STOP) return stopsLength(word, from, to);
  if (last === ELLIPSIS) return word.charCodeAt(to - 2) === ELLIPSIS && to - 2 >= from ? 2 : 1;
  const kind = classOf(last);
  // The pattern that begins first wins, so the longest one.
  const measure = afterDigitLength(word, from, to);
  if (measure > 1) return measure;
  if ((last === 0x73 || last === 0x53) && to - 2 >= from) {
    const before = word.charCodeAt(to - 2);
    if (before === 0x27 || before === 0x2019) return 2;
  }
  if ((kind & suffix) !== 0) return last > 0xffff ? 2 : 1;
  if (last === 0x2b && to - 2 >= from && (classOf(word.charCodeAt(to - 2)) & digit) !== 0) return 1;
  return measure;
}

/** Full stops at the end: two and more go together, a single one goes after most characters. */
function stopsLength(word: string, from: number, to: number): number {
  let run = 1;
  while (to - run > from && word.charCodeAt(to - run - 1) === STOP) run++;
  if (run > 1) return run;
  if (to - 1 <= from) return 0;
  const before = codePointBefore(word, from, to - 1);
  const kind = classOf(before);
  if ((kind & beforeStop) !== 0) return 1;
  const two = to - 1 - (before > 0xffff ? 2 : 1);
  if (two <= from) return 0;
  const second = codePointBefore(word, from, two);
  if ((kind & upper) !== 0 && (classOf(second) & upper) !== 0) return 1;
  return second === 0xb0 && /[FfCcKk]/.test(word[two]!) ? 1 : 0;
}

/** A unit of measure or a currency right after a digit. */
function afterDigitLength(word: string, from: number, to: number): number {
  if (endsMeasure[word.charCodeAt(to - 1)] === 0) return 0;
  for (let length = Math.min(longestUnit, to - from - 1); length > 0; length--) {
    if ((classOf(word.charCodeAt(to - length - 1)) & digit) === 0) continue;
    const end = word.slice(to - length, to);
    if (units.has(end) || /^(?:US|C|A)\$$/.test(end)) return length;
    if (length === 1 && (classOf(end.charCodeAt(0)) & currency) !== 0) return 1;
  }
  return 0;
}

/** Cuts inside `[from, to)` of a word, as pairs of start and end of the separators; the pairs are put into `cuts`. */
export function findInfixes(word: string, from: number, to: number, cuts: number[]): void {
  let at = from;
  while (at < to) {
    const length = infixLength(word, from, at, to);
    if (length > 0) cuts.push(at, at + length);
    at += length > 0 ? length : codePointAt(word, at, to) > 0xffff ? 2 : 1;
  }
}

function infixLength(word: string, from: number, at: number, to: number): number {
  const unit = codePointAt(word, at, to);
  const kind = classOf(unit);
  // Letters are by far the most frequent, and none of them is a separator but a few symbols.
  if ((kind & (alpha | icon)) === alpha || (kind & digit) !== 0) return 0;
  if (unit === STOP) {
    const run = runOf(word, STOP, at, to);
    if (run > 1) return run;
    return isBetween(word, from, at, at + 1, to, lower | quote, upper | quote) ? 1 : 0;
  }
  if (unit === ELLIPSIS) return 1;
  if ((kind & icon) !== 0) return unit > 0xffff ? 2 : 1;
  switch (unit) {
    case 0x2b: // +
    case 0x2a: // *
    case 0x5e: // ^
      return betweenDigits(word, from, at, to) ? 1 : 0;
    case 0x2c: // ,
      return isBetween(word, from, at, at + 1, to, alpha, alpha) ? 1 : 0;
    case 0x3a: // :
    case 0x3c: // <
    case 0x3e: // >
    case 0x3d: // =
    case 0x2f: // /
    case 0x7e: // ~
    case 0x2013: // –
      return isBetween(word, from, at, at + 1, to, alpha | digit, alpha) ? 1 : 0;
    case HYPHEN:
      if (betweenDigits(word, from, at, to)) return 1;
      return dashesLength(word, from, at, to, HYPHEN, 3);
    case DASH:
      return dashesLength(word, from, at, to, DASH, 2);
    default:
      return 0;
  }
}

/** The whole rest of a run of hyphens or dashes, when letters follow and it is not too long. */
function dashesLength(word: string, from: number, at: number, to: number, dash: number, most: number): number {
  const run = runOf(word, dash, at, to);
  return run <= most && isBetween(word, from, at, at + run, to, alpha | digit, alpha) ? run : 0;
}

function betweenDigits(word: string, from: number, at: number, to: number): boolean {
  if (at === from || (classOf(word.charCodeAt(at - 1)) & digit) === 0 || at + 1 >= to) return false;
  const next = word.charCodeAt(at + 1);
  return next === HYPHEN || (classOf(next) & digit) !== 0;
}

/** Whether characters of these classes stand right before `start` and right at `end`, inside `[from, to)`. */
function isBetween(word: string, from: number, start: number, end: number, to: number, before: number, after: number) {
  if (start <= from || end >= to) return false;
  return (
    (classOf(codePointBefore(word, from, start)) & before) !== 0 && (classOf(codePointAt(word, end, to)) & after) !== 0
  );
}

function hasClass(word: string, at: number, to: number, bits: number): boolean {
  return at < to && (classOf(codePointAt(word, at, to)) & bits) !== 0;
}

/** Length of the run of one unit from `at` on. */
function runOf(word: string, unit: number, at: number, to: number): number {
  let end = at;
  while (end < to && word.charCodeAt(end) === unit) end++;
  return end - at;
}

function codePointAt(word: string, at: number, to: number): number {
  const unit = word.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00 && at + 1 < to ? word.codePointAt(at)! : unit;
}

function codePointBefore(word: string, from: number, at: number): number {
  const unit = word.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit < 0xe000 && at - 2 >= from ? word.codePointAt(at - 2)! : unit;
}
