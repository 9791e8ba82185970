/** Payment cards: a known issuer's prefix and length, a usual grouping, and Luhn's sum. */
import { before, endsNumber, isAsciiWord, isInTable, startsNumber } from "./characters.ts";
import { luhn } from "./checksums.ts";
import type { Detector, Digits, PiiSpan } from "./detector.ts";

/** Groups of 4-4-4-4(-3), 4-6-5 and 4-6-4 with one kind of joint, or none at all. */
const layouts = /\d{4}([ \u00a0-])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ \u00a0-])\d{6}\2\d{4,5}|\d{12,19}/y;

/** Issuers by their first digits, smallest and largest, and the lengths that they use. */
const issuers: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [4, 4, [13, 16, 19]], // Visa
  [51, 55, [16]], // Mastercard
  [2221, 2720, [16]], // Mastercard
  [34, 34, [15]], // American Express
  [37, 37, [15]], // American Express
  [300, 305, [14]], // Diners Club
  [36, 36, [14]], // Diners Club
  [38, 39, [14]], // Diners Club
  [6011, 6011, [16, 19]], // Discover
  [644, 659, [16, 19]], // Discover
  [3528, 3589, [16]], // JCB
  [1800, 1800, [15]], // JCB
  [2131, 2131, [15]], // JCB
  [62, 62, [16, 17, 18, 19]], // UnionPay
  [2200, 2204, [16]], // Mir
  [5018, 5018, [12, 13, 16, 19]], // Maestro
  [5020, 5020, [12, 13, 16, 19]], // Maestro
  [5038, 5038, [12, 13, 16, 19]], // Maestro
  [56, 58, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  [6304, 6304, [12, 13, 16, 19]], // Maestro
  [6390, 6390, [12, 13, 16, 19]], // Maestro
  [6759, 6763, [12, 13, 16, 19]], // Maestro
];

/** Numbers without groups that stand after these words are not cards, whatever their sum. */
const otherNumbers =
  /(?:order|tracking|shipment|parcel|serial|isbn|imei|barcode|ean|upc|gtin|sku|invoice|timestamp|ticket|transaction|reference|ref|id|part)\b[^\w\n]{0,3}(?:(?:no|nr|number|num|code|id)\b)?[\s.:=#"']*$/;

function knownIssuer(digits: string): boolean {
  return issuers.some(([from, to, lengths]) => {
    const prefix = Number(digits.slice(0, String(from).length));
    return prefix >= from && prefix <= to && lengths.includes(digits.length);
  });
}

/** Whether a comma or a slash stands at `at`: so many digits are a whole number, and the next one follows. */
function isListed(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code === 44 || code === 47) && isAsciiWord(text.charCodeAt(at - 1)) && isAsciiWord(text.charCodeAt(at + 1));
}

function find(text: string, { start }: Digits): PiiSpan | undefined {
  if (!(startsNumber(text, start) || isListed(text, start - 1))) return undefined;
  layouts.lastIndex = start;
  const match = layouts.exec(text);
  if (!match || !(endsNumber(text, layouts.lastIndex) || isListed(text, layouts.lastIndex))) return undefined;
  const digits = match[0].replace(/\D+/g, "");
  if (!knownIssuer(digits) || !luhn(digits) || isInTable(text, start, layouts.lastIndex)) return undefined;
  if (digits.length === match[0].length && otherNumbers.test(before(text, start, 40))) return undefined;
  return { start, end: layouts.lastIndex, kind: "card" };
}

export const card: Detector = { kind: "card", digits: find, fewestDigits: 12, lettersBefore: "never" };
