/** Addresses as in the United States, Britain, Canada and Australia: the number first, then the street. */
import { before, isAsciiLetter, isDigit, isUpper } from "../characters.ts";
import { plainStreets, provinces, states, units, wordyStreets } from "./words.ts";

const gap = "[ \\u00a0]{1,2}";
/** Between the lines of an address: a comma, a new line or both; `next` may be a mere space. */
const line = "(?:,[ \\u00a0]?(?:\\n[ \\t]*)?|[ \\u00a0]*\\n[ \\t]*)";
const next = `(?:${line}|[ \\u00a0]{1,3})`;
const word = "[A-ZÀ-Þ][A-Za-zÀ-ÿ'’]*\\.?(?:-[A-Za-zÀ-ÿ'’]+)?";
const house = "\\d{1,5}(?:[A-Za-z]|-\\d{1,5}[A-Za-z]?|/\\d{1,5}|[/ ]?½| 1/2)?";
const compass = "(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West|Northeast|Northwest|Southeast|Southwest)\\.?";
const name = `(?:(?:${word}|\\d{1,3}(?:st|nd|rd|th|ST|ND|RD|TH)|of|the|de|la|del|las|los|du|des|upon|and|&)${gap}){1,4}?`;
const unit = `(?:,?${gap}(?:(?:${units})\\.?${gap}#?[A-Za-z]?\\d{0,5}[A-Za-z]?(?:-\\d{1,4})?|#${gap}?[A-Za-z]?\\d{0,5}[A-Za-z]?|\\d{1,2}(?:st|nd|rd|th)${gap}[Ff]loor)(?!\\w))`;

const zip = "\\d{5}(?:-\\d{4})?";
const britishCode = "(?:[A-Z]{1,2}\\d[A-Z\\d]?[ \\u00a0]?\\d[A-Z]{2}|GIR ?0AA)";
const canadianCode = "[A-CEGHJ-NPR-TVXY]\\d[A-Z][ -]?\\d[A-Z]\\d";
const town = `${word}(?:${gap}(?:${word}|of|the|upon|on|le|la|de|del|under|in)){0,3}`;
const country =
  "(?:,? (?:USA|U\\.S\\.A\\.|US|UK|United Kingdom|United States|England|Scotland|Wales|Canada|Australia)\\b)?";
/** State and postcode, the way each country has them. */
const code = `(?:(?:${states})\\.?,?${next}${zip}|(?:${provinces}),?[ \\u00a0](?:${canadianCode}|\\d{4})|${britishCode})(?![\\w-])${country}`;

const place = `(?:${next}${town}){0,2}${next}${code}`;
/** Without a postcode: a town and its state, or nothing but the town after a comma. */
const loosePlace = `${line}${town},[ \\u00a0](?:${states}|${provinces})\\b\\.?(?:,? USA)?`;
const townOnly = `,[ \\u00a0]${town}${country}(?=[.,;:)\\n]|$)`;

const street = (kinds: string) =>
  `${house}${gap}(?:${compass}${gap})?${name}(?:${kinds})(?![\\w'’])\\.?(?:${gap}${compass}(?![\\w]))?`;
const anyStreet = street(`${plainStreets}|${wordyStreets}`);
const ends = `(?=[ \\u00a0]*(?:[.,;:!?)\\n"”]|$))`;

/** Forms that nothing else has: with a whole place behind it, any name will do, even without a kind of street. */
const sure = [
  `${anyStreet}${unit}{0,2}${place}`,
  `${house}${gap}(?:${compass}${gap})?(?:[Tt]he${gap})?${word}(?:${gap}${word}){0,3}${unit}{0,2}(?:${line}${town}){1,2}${next}${code}`,
  `${anyStreet}${unit}{0,2}${loosePlace}`,
].map((form) => new RegExp(form, "y"));

/** Forms that a date and a name could have too. */
const likely = [
  `${anyStreet}${unit}{1,2}(?:${townOnly})?`,
  `${anyStreet}${townOnly}`,
  `${street(plainStreets)}(?!${gap}[A-Z][a-z])`,
  `${street(wordyStreets)}${ends}`,
].map((form) => new RegExp(form, "y"));

const boxPlace = new RegExp(`\\d{1,6}(?![\\w-])(?:${place}|${loosePlace})?`, "y");
/** "Flat 3", a name of a house or street, a town and a British postcode. */
const flatPlace = new RegExp(
  `\\d{1,4}[A-Za-z]?(?:${line}(?:${house}${gap})?${town}){1,3}${line}${britishCode}(?!\\w)`,
  "y",
);

const counting =
  /(?:\b(?:chapter|section|episode|season|volume|vol\.?|part|page|top|figure|table|act|scene|level|war|apollo|windows|version|article|number of|first|last|next|over|under|about|than|all)\s|[$€£#]\s?)$/;
const year =
  /\b(?:in|since|until|till|by|of|from|during|before|after|around|early|late|mid|and|the|©|\(c\)|january|february|march|april|may|june|july|august|september|october|november|december),?\s?$/;

/** Start and end of the address whose house number stands at [start, runEnd); undefined when there is none. */
export function englishAddress(text: string, start: number, runEnd: number): [number, number] | undefined {
  const opening = openingBefore(text, start);
  if (opening !== undefined) {
    const form = /box|POB/i.test(text.slice(opening, start)) ? boxPlace : flatPlace;
    form.lastIndex = start;
    if (form.test(text)) return [opening, form.lastIndex];
  }
  if (runEnd - start > 5 || !mayBeHouse(text, runEnd)) return undefined;
  const end = endOf(sure, text, start) ?? likelyEnd(text, start, runEnd);
  return end === undefined ? undefined : [unitBefore(text, start), end];
}

function endOf(forms: readonly RegExp[], text: string, start: number): number | undefined {
  for (const form of forms) {
    form.lastIndex = start;
    if (form.test(text)) return form.lastIndex;
  }
  return undefined;
}

function likelyEnd(text: string, start: number, runEnd: number): number | undefined {
  // 2016 Iain Lane holds a copyright.
  const end = endOf(isYear(text, start, runEnd) ? likely.slice(0, 2) : likely, text, start);
  if (end === undefined) return undefined;
  const context = before(text, start, 20);
  return counting.test(context) || (isYear(text, start, runEnd) && year.test(context)) ? undefined : end;
}

const openings = /\b(?:P\.? ?O\.? ?Box|Post Office Box|POB|Flat|Studio|Apartment|Unit)[ \u00a0]#?$/i;

/** Start of "PO Box" or "Flat" right before the number. */
function openingBefore(text: string, start: number): number | undefined {
  const last = text.charCodeAt(text.charCodeAt(start - 1) === 35 ? start - 3 : start - 2) | 32;
  // They end with x, b, t or o.
  if (last !== 120 && last !== 98 && last !== 116 && last !== 111) return undefined;
  const from = Math.max(0, start - 18);
  const match = openings.exec(text.slice(from, start));
  return match ? from + match.index : undefined;
}

/** A space and a capital, an ordinal or `the` follow the number, at most one letter or a range in between. */
function mayBeHouse(text: string, runEnd: number): boolean {
  const after = text.charCodeAt(runEnd);
  if (after === 32 || after === 0xa0) {
    const first = text.charCodeAt(runEnd + 1);
    if (isUpper(first)) return !date.test(text.slice(runEnd, runEnd + 16));
    if (first === 116) return text.startsWith("the ", runEnd + 1);
    if (first < 128 && !isDigit(first) && first !== 32) return false;
  } else if (!isAsciiLetter(after) && after !== 45 && after !== 47 && after !== 0xbd) return false;
  return houseHead.test(text.slice(runEnd, runEnd + 16));
}

/** 24 Sep 2011, 5 March, 1998 */
const date = /^.(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[.,]? \d/;

const houseHead =
  /^(?:[A-Za-z]|-\d{1,5}[A-Za-z]?|\/\d{1,5}|[/ ]?½| 1\/2)?[ \u00a0]{1,2}(?:[A-ZÀ-Þ]|[tT]he |\d{1,3}(?:st|nd|rd|th))/;

function isYear(text: string, start: number, runEnd: number): boolean {
  return runEnd - start === 4 && /^(?:1[5-9]|20)/.test(text.slice(start, start + 2));
}

const unitEnd = new RegExp(`\\b(?:${units})\\.? ?#?\\w{1,5},?[ \\u00a0]$`);

/** "Flat 2, 10 High Street": the unit before the number belongs to the address. */
function unitBefore(text: string, start: number): number {
  const match = unitEnd.exec(text.slice(Math.max(0, start - 24), start));
  return match ? start - match[0].length : start;
}
