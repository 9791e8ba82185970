/** Addresses of the continent: French ones begin with the number, the others have it after the street. */
import { isAsciiLetter, isUpper } from "../characters.ts";
import { frenchStreets, northernEndings, particles, southernStreets, wordyEndings } from "./words.ts";

const capital = "A-ZÀ-ÖØ-ÞŁŚŻŹĆŠŽČŘĐ";
const letters = `${capital}a-zß-öø-ÿłśżźćńęąšžčřđ`;
const word = `[${capital}][${letters}'’.]*(?:-[${letters}'’.]+)*`;
const gap = "[ \\u00a0]";
const particle = `(?:${particles})`;
/** What stands between the street and the place: a comma, a dash, a new line. */
const line = `(?:,(?:${gap}|\\n[ \\t]*)?|${gap}[-–—]${gap}|${gap}?\\n[ \\t]*)`;

const capitalised = (words: string) =>
  words
    .split("|")
    .map((each) => each[0]!.toUpperCase() + each.slice(1))
    .join("|");

/** "de la Paix", "Victor Hugo", "du 8 mai 1945" */
const frenchName = `(?:${particle}${gap}?){0,3}(?:${word}|\\d{1,2}(?:er)?(?!\\d))(?:${gap}(?:${particle}${gap}?){0,2}(?:${word}|\\d{4}(?!\\d))){0,4}`;
const frenchPlace = `(?:${line}|${gap})(?:F-)?\\d{5}${gap}${word}(?:${gap}${word}|${gap}\\d{1,2}(?:er|e)?(?![${letters}\\d])){0,2}`;
/** 12 bis, rue de la Paix, 75002 Paris */
const french = new RegExp(
  `\\d{1,4}(?:${gap}?(?:bis|ter|quater|[A-D](?![${letters}])))?,?${gap}(?:${frenchStreets}|${capitalised(frenchStreets)})${gap}${frenchName}(?:${frenchPlace})?`,
  "y",
);

const town = `${word}(?:${gap}(?:${particle}${gap})*${word}|\\/${word}){0,3}`;
/** 10115, D-10115, 1015 CJ, 1100-048, 00-950, 111 22 */
const code = `(?:[A-Z]{1,2}-)?(?:\\d{4,5}(?:-\\d{3})?|\\d{2}-\\d{3}|\\d{3}${gap}\\d{2})(?:${gap}?[A-Z]{2}(?![${letters}]))?`;
/** 10115 Berlin; 38020, Cloz (TN); Ourense, 21216 */
const place = `(?:${code},?(?:${gap}|\\n[ \\t]*)${town}(?:${gap}\\([A-Z]{2}\\))?|${town},${gap}\\d{5}(?!\\d))`;
/** 12, 12a, 12-14, 7/3 */
const house = `\\d{1,4}(?:${gap}?[a-zA-Z](?![${letters}]))?(?:[-/–]\\d{1,4}[a-zA-Z]?)?`;
/** 3º B, bajo, piso 2 */
const flat = `(?:,?${gap}?(?:\\d{1,2}[ºª°]${gap}?(?:[A-Z]|izq\\.?|dcha\\.?)?|bajo|(?:[Pp]iso|[Pp]iano|[Pp]uerta|[Pp]ta\\.|[Aa]pt\\.|[Aa]ppartamento|[Ii]nt\\.)${gap}\\d+))?`;
/** After a known street a space is enough before the place. */
const houseThenPlace = new RegExp(`${house}${flat}(?:${line}|${gap})${place}`, "y");
/** After any other name there has to be a comma or a new line, and no year. */
const houseThenSurePlace = new RegExp(
  `${house}${flat}${line}(?!(?:1[89]|20)\\d\\d\\b)${code}(?:${gap}|\\n)${town}`,
  "y",
);
const houseOnly = new RegExp(
  `(?!(?:1[89]|20)\\d\\d)\\d{1,4}(?:${gap}?[a-z](?![${letters}]))?(?:[-/–]\\d{1,4}[a-z]?)?(?!\\w|[.,:/-]\\d|${gap}?[%€$°])`,
  "y",
);

/** Hauptstraße, Berliner Straße, Anna-Berg-Straße, Prinsengracht */
const northern = (endings: string) =>
  new RegExp(
    `(?:^|[^${letters}\\d])((?:(?:${word}|${particle})${gap}){0,3}[${capital}][${letters}.-]*(?:${endings}|[- ](?:${capitalised(endings)})))${gap}$`,
  );
const northernStreet = northern(northernEndings);
const wordyStreet = northern(wordyEndings);
/** The last three letters of the endings, which refuse most words before a number. */
const tails = new Set(`${northernEndings}|${wordyEndings}`.split("|").map((each) => each.replace("\\", "").slice(-3)));
/** Calle Mayor, Via Roma, ul. Długa */
const southernStreet = new RegExp(
  `(?:^|[^${letters}\\d])((?:${southernStreets})${gap}?(?:${particle}${gap}?){0,3}${word}(?:${gap}(?:${particle}${gap}?){0,2}${word}){0,3}),?${gap}(?:n\\.?[ºo°]?${gap}?|nº${gap}?)?$`,
);
const anyName = new RegExp(
  `(?:^|[^${letters}\\d])((?:${word}|[Aa]m|[Ii]m|[Zz]ur|[Zz]um|[Aa]n)(?:${gap}(?:${particle}${gap}?|${word})){0,4}),?${gap}$`,
);

const longestName = 60;

/** Start and end of the address with its house number at [start, runEnd); undefined when there is none. */
export function europeanAddress(text: string, start: number, runEnd: number): [number, number] | undefined {
  if (runEnd - start > 4) return undefined;
  if (mayBeFrench(text, runEnd)) {
    const end = match(french, text, start);
    if (end !== undefined) return [start, end];
  }
  const last = text.charCodeAt(start - 1);
  // The name of a street stands before, a space or "Nº" between.
  if (last !== 32 && last !== 0xa0 && last !== 0xba) return undefined;
  if (last !== 0xba && !nameMayEnd(text, start - 2)) return undefined;
  const near = text.slice(Math.max(0, start - longestName), start);
  const name = near.slice(near.lastIndexOf("\n") + 1);
  const found = afterName(name, text, start);
  return found && [start - name.length + found.street.index + found.street[0].indexOf(found.street[1]!), found.end];
}

/** The street at the end of `name` and the end of the address, by what is sure first. */
function afterName(name: string, text: string, start: number) {
  const northern = tails.has(name.slice(-4, -1).toLowerCase());
  const street = southernStreet.exec(name) ?? (northern ? northernStreet.exec(name) : null);
  const wordy = street ?? (northern ? wordyStreet.exec(name) : null);
  if (wordy) {
    const end = match(houseThenPlace, text, start) ?? (street ? match(houseOnly, text, start) : undefined);
    return end === undefined ? undefined : { street: wordy, end };
  }
  const end = match(houseThenSurePlace, text, start);
  const other = end === undefined ? null : anyName.exec(name);
  return other && end !== undefined ? { street: other, end } : undefined;
}

function match(form: RegExp, text: string, start: number): number | undefined {
  form.lastIndex = start;
  return form.test(text) ? form.lastIndex : undefined;
}

function mayBeFrench(text: string, runEnd: number): boolean {
  const after = text.charCodeAt(runEnd);
  if (
    after === 32 ? !isAsciiLetter(text.charCodeAt(runEnd + 1)) : after !== 44 && after !== 0xa0 && !isAsciiLetter(after)
  ) {
    return false;
  }
  return /^(?:[ \u00a0]?(?:bis|ter|quater|[A-D]))?,?[ \u00a0][rabpciqsefvmRABPCIQSEFVM]/.test(
    text.slice(runEnd, runEnd + 12),
  );
}

const longestWord = 40;

/** Whether a word that begins with a capital ends at `at`, itself or before a dot or comma. */
function nameMayEnd(text: string, at: number): boolean {
  let last = at;
  const end = text.charCodeAt(last);
  if (end === 46 || end === 44) last--;
  const limit = last - longestWord;
  let first = last + 1;
  while (first > limit && first > 0 && isNameLetter(text.charCodeAt(first - 1))) first--;
  const initial = text.charCodeAt(first);
  // "n. 12" stands between the name and the number.
  return isUpper(initial) || initial >= 0xc0 || (end === 46 && last - first < 2);
}

const isNameLetter = (letter: number): boolean => isAsciiLetter(letter) || letter >= 0xc0;
