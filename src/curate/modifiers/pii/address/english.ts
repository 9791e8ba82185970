/** Addresses as in the United States, Britain, Canada and Australia: the number first, then the street. */
import { before } from "../characters.ts";
import { plainStreets, provinces, states, units, wordyStreets } from "./words.ts";

const space = "(?:[ \\u00a0]|,?[ \\u00a0]*\\n[ \\t]*)";
const gap = "[ \\u00a0]{1,2}";
const comma = `(?:,${space}?|${space})`;
const word = "[A-ZÀ-Þ][A-Za-zÀ-ÿ'’]*\\.?(?:-[A-Za-zÀ-ÿ'’]+)?";
const house = "\\d{1,5}(?:[A-Za-z]|-\\d{1,5}[A-Za-z]?|[/ ]?½| 1/2)?";
const compass = "(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West|Northeast|Northwest|Southeast|Southwest)\\.?";
const streetName = `(?:(?:${word}|\\d{1,3}(?:st|nd|rd|th|ST|ND|RD|TH)|of|the|de|la|del|las|los|du|des|upon|and|&)${gap}){1,4}?`;

const zip = "\\d{5}(?:-\\d{4})?";
const ukCode = "(?:[A-Z]{1,2}\\d[A-Z\\d]?[ \\u00a0]?\\d[A-Z]{2}|GIR ?0AA)";
const caCode = "[A-CEGHJ-NPR-TVXY]\\d[A-Z][ -]?\\d[A-Z]\\d";
const town = `${word}(?:${gap}(?:${word}|of|the|upon|on|le|la|de|del|under|in)){0,3}`;
const unit = `(?:,?${gap}(?:(?:${units})\\.?${gap}#?[A-Za-z]?\\d{0,5}[A-Za-z]?(?:-\\d{1,4})?|#${gap}?[A-Za-z]?\\d{0,5}[A-Za-z]?|\\d{1,2}(?:st|nd|rd|th)${gap}[Ff]loor)(?!\\w))`;

const country =
  "(?:,? (?:USA|U\\.S\\.A\\.|US|UK|United Kingdom|United States|England|Scotland|Wales|Canada|Australia)\\b)?";
/** Town, state and postcode, the way each country orders them. */
const place = `(?:${comma}${town})?(?:${comma}${town})?(?:,?${space}(?:${states})\\.?,?${space}${zip}|,?${space}(?:${provinces}),?${space}(?:${caCode}|\\d{4})|${comma}${ukCode})(?![\\w-])${country}`;
/** Without a postcode: a town and its state, or nothing but the town after a comma. */
const loosePlace = `,${space}${town},${space}(?:${states}|${provinces})\\b\\.?(?:,? USA)?`;
const townOnly = `,[ \\u00a0]${town}(?=[.,;:)\\n]|$)`;

const street = (kinds: string) =>
  `(?:${compass}${gap})?${streetName}(?:${kinds})(?![\\w'’])\\.?(?:${gap}${compass}(?![\\w]))?`;
const ends = `(?=[ \\u00a0]*(?:[.,;:!?)\\n"”]|$))`;
const notAName = `(?!${gap}[A-Z][a-z])`;

const forms = [
  // With a whole place behind it, any street will do, even one without its kind.
  `${house}${gap}${street(`${plainStreets}|${wordyStreets}`)}${unit}{0,2}${place}`,
  `${house}${gap}(?:${compass}${gap})?(?:[Tt]he${gap})?${word}(?:${gap}${word}){0,3}${unit}{0,2},${space}?${town}${place.replace(/^\(\?:[^)]*\)\)\?/, "")}`,
  `${house}${gap}${street(`${plainStreets}|${wordyStreets}`)}${unit}{0,2}${loosePlace}`,
  `${house}${gap}${street(`${plainStreets}|${wordyStreets}`)}${unit}{1,2}(?:${townOnly})?`,
  `${house}${gap}${street(plainStreets)}${townOnly}`,
  `${house}${gap}${street(plainStreets)}${notAName}`,
  `${house}${gap}${street(wordyStreets)}${ends}`,
].map((form) => new RegExp(form, "y"));

const boxPlace = new RegExp(`\\d{1,6}(?![\\w-])(?:${place}|${loosePlace})?`, "y");

const counting =
  /(?:\b(?:chapter|section|episode|season|volume|vol\.?|part|page|top|figure|table|act|scene|level|war|apollo|windows|version|article|number of|first|last|next|over|under|about|than|all)\s|[$€£#]\s?)$/;
const year =
  /\b(?:in|since|until|till|by|of|from|during|before|after|around|early|late|mid|and|the|©|\(c\)|january|february|march|april|may|june|july|august|september|october|november|december),?\s?$/;

/** Start and end of the address whose house number stands at [start, runEnd); undefined when there is none. */
export function englishAddress(text: string, start: number, runEnd: number): [number, number] | undefined {
  const box = /(?:\bP\.? ?O\.? ?Box|\bPost Office Box|\bPOB)[ \u00a0]#?$/i.exec(
    text.slice(Math.max(0, start - 18), start),
  );
  if (box) {
    boxPlace.lastIndex = start;
    return boxPlace.test(text) ? [start - box[0].length, boxPlace.lastIndex] : undefined;
  }
  if (runEnd - start > 5 || !mayBeHouse(text, runEnd)) return undefined;
  const context = before(text, start, 20);
  for (const [index, form] of forms.entries()) {
    form.lastIndex = start;
    if (!form.test(text)) continue;
    // The forms with a place are sure; the others could be a date and a name.
    if (index > 2 && (counting.test(context) || (isYear(text, start, runEnd) && year.test(context)))) return undefined;
    return [unitStart(text, start), form.lastIndex];
  }
  return undefined;
}

/** A space and a capital, an ordinal or `the` follow the number, at most one letter or a range in between. */
function mayBeHouse(text: string, runEnd: number): boolean {
  return /^(?:[A-Za-z]|-\d{1,5}[A-Za-z]?|[/ ]?½| 1\/2)?[ \u00a0]{1,2}(?:[A-ZÀ-Þ]|[tT]he |\d{1,3}(?:st|nd|rd|th))/.test(
    text.slice(runEnd, runEnd + 16),
  );
}

function isYear(text: string, start: number, runEnd: number): boolean {
  return runEnd - start === 4 && text[start] !== "0" && Number(text.slice(start, runEnd)) <= 2100;
}

/** "Flat 2, 10 High Street": the unit before the number belongs to the address. */
function unitStart(text: string, start: number): number {
  const unitBefore = new RegExp(`\\b(?:${units})\\.? ?#?\\w{1,5},[ \\u00a0]$`).exec(
    text.slice(Math.max(0, start - 24), start),
  );
  return unitBefore ? start - unitBefore[0].length : start;
}
