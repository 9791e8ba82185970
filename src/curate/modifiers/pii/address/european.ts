/** Addresses of the continent: French ones begin with the number, the others have it after the street. */
import { isAsciiLetter, isUpper } from "../characters.ts";
import { frenchStreets, northernEndings, particles, southernStreets } from "./words.ts";

const capital = "A-ZÀ-ÖØ-ÞŁŚŻŹĆŠŽČŘĐ";
const letters = `${capital}a-zà-öø-ÿłśżźćńęąšžčřđ`;
const word = `[${capital}][${letters}'’.]*(?:-[${letters}'’.]+)*`;
const gap = "[ \\u00a0]";
const space = "(?:[ \\u00a0]|\\n[ \\t]*)";
const particle = `(?:${particles})`;

const town = `${word}(?:${gap}(?:${particle}${gap})*${word}|\\/${word}){0,3}`;
/** 10115 Berlin, D-10115 Berlin, 1015 CJ Amsterdam, 00-950 Warszawa, 111 22 Stockholm, 38020, Cloz (TN); Ourense, 21216 */
const place = `(?:(?:[A-Z]{1,2}-)?(?:\\d{4,5}(?:-\\d{3})?|\\d{2}-\\d{3}|\\d{3}${gap}\\d{2})(?:${gap}?[A-Z]{2}(?![${letters}]))?,?${space}${town}(?:${gap}\\([A-Z]{2}\\))?|${town},${gap}\\d{5}(?!\\d))`;
const towards = `(?:,${space}?|${gap}[-–—]${gap}|\\n[ \\t]*|${gap})`;

/** 12 bis, rue de la Paix, 75002 Paris */
const french = new RegExp(
  `\\d{1,4}(?:${gap}?(?:bis|ter|quater|[A-D](?![${letters}])))?,?${gap}(?:${frenchStreets}|${frenchStreets
    .split("|")
    .map((kind) => kind[0]!.toUpperCase() + kind.slice(1))
    .join(
      "|",
    )})${gap}(?:${particle}${gap}?){0,3}(?:${word}|\\d{1,2}(?:er)?)(?:${gap}(?:${particle}${gap}?){0,2}(?:${word}|\\d{4})){0,4}(?:(?:,${space}?|${gap}[-–—]${gap}|\\n[ \\t]*|${gap})(?:F-)?\\d{5}${gap}${word}(?:${gap}${word}|${gap}\\d{1,2}(?:er|e)?(?![${letters}\\d])){0,2})?`,
  "y",
);

/** The house number of the others, a further part of it, and the place behind. */
const houseThenPlace = new RegExp(
  `\\d{1,4}(?:${gap}?[a-zA-Z](?![${letters}]))?(?:[-/–]\\d{1,4}[a-zA-Z]?)?(?:,?${gap}?(?:\\d{1,2}[ºª°]${gap}?(?:[A-Z]|izq\\.?|dcha\\.?)?|bajo|(?:[Pp]iso|[Pp]iano|[Pp]uerta|[Pp]ta\\.|[Aa]pt\\.|[Aa]ppartamento|[Ii]nt\\.)${gap}\\d+))?${gap}?${towards}${place}`,
  "y",
);
const houseOnly = new RegExp(
  `\\d{1,4}(?:${gap}?[a-z](?![${letters}]))?(?:[-/–]\\d{1,4}[a-z]?)?(?![\\w]|[.,:/-]\\d|${gap}?[%€$°])`,
  "y",
);

/** Hauptstraße, Berliner Straße, Prinsengracht */
const northern = new RegExp(
  `(?:^|[^${letters}\\d])((?:(?:${word}|${particle})${gap}){0,3}(?:[${capital}][${letters}.-]*(?:${northernEndings})|[${capital}][${letters}.-]*${gap}(?:Straße|Strasse|Str\\.|Weg|Platz|Allee|Ring|Damm|Ufer|Chaussee|Gasse|Markt|Straat|Laan|Plein|gate|gata|gatan|vei|väg|vej)))${gap}$`,
);
/** Calle Mayor, Via Roma, ul. Długa */
const southern = new RegExp(
  `(?:^|[^${letters}\\d])((?:${southernStreets})${gap}?(?:${particle}${gap}?){0,3}${word}(?:${gap}(?:${particle}${gap}?){0,2}${word}){0,3}),?${gap}(?:n\\.?[ºo°]?${gap}?|nº${gap}?)?$`,
);
/** Any name, when a postcode and a town follow the number. */
const anyName = new RegExp(
  `(?:^|[^${letters}\\d])((?:${word}|[Aa]m|[Ii]m|[Zz]ur|[Zz]um|[Aa]n)(?:${gap}(?:${particle}${gap}?|${word})){0,4}),?${gap}$`,
);

const longestName = 60;

/** Start and end of the address with its house number at [start, runEnd); undefined when there is none. */
export function europeanAddress(text: string, start: number, runEnd: number): [number, number] | undefined {
  if (runEnd - start > 4) return undefined;
  if (mayBeFrench(text, runEnd)) {
    french.lastIndex = start;
    if (french.test(text)) return [start, french.lastIndex];
  }
  const last = text.charCodeAt(start - 1);
  // The name of a street stands before, a space or "Nº" between.
  if (last !== 32 && last !== 0xa0 && last !== 0xba) return undefined;
  if (last !== 0xba && !nameMayEnd(text, start - 2)) return undefined;
  const line = text.slice(Math.max(0, start - longestName), start);
  const name = line.slice(line.lastIndexOf("\n") + 1);
  houseThenPlace.lastIndex = start;
  const hasPlace = houseThenPlace.test(text);
  const street = southern.exec(name) ?? northern.exec(name) ?? (hasPlace ? anyName.exec(name) : null);
  if (!street) return undefined;
  const from = start - name.length + street.index + street[0].indexOf(street[1]!);
  if (hasPlace) return [from, houseThenPlace.lastIndex];
  houseOnly.lastIndex = start;
  return houseOnly.test(text) ? [from, houseOnly.lastIndex] : undefined;
}

function mayBeFrench(text: string, runEnd: number): boolean {
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
  const code = text.charCodeAt(first);
  // "nº 12", "n. 12" stand between the name and the number; ul., al. open it.
  return isUpper(code) || code >= 0xc0 || (end === 46 && last - first < 2);
}

const isNameLetter = (code: number): boolean => isAsciiLetter(code) || code >= 0xc0;
