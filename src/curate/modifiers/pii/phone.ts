/** Telephone numbers: international ones by country code and length, national ones by layout or by what stands before. */
import { before, endsNumber, isAsciiLetter, isAsciiWord, isDigit, isInRow, startsNumber } from "./characters.ts";
import type { Detector, Digits, PiiSpan } from "./detector.ts";
import { internationalLengths, isNorthAmerican, looksNorthAmerican } from "./phone/countries.ts";
import { digitsOfGroups, type Group, groupsAt, shapeOf, startsWithDate } from "./phone/groups.ts";

const contextLength = 40;

/** A number after one of these may be a telephone number whatever its layout. */
const phoneWords =
  /(?:\b(?:tel|tels|telephone|phone|phones|telephones|fax|faks|telefax|mobile|mob|cell|cellular|cellphone|whatsapp|signal|viber|telegram|telefon|telefono|teléfono|telefone|téléphone|téléphones|tél|handy|mobil|móvil|movil|celular|cellulare|portable|gsm|hotline|helpline|landline|switchboard|sms|pager|voicemail|rufnummer|telefonnummer|puh|tlf|komórka)\b|☎|📞|📱|☏|✆|電話|电话|手机|тел|телефон)[^\d\n+(]{0,18}$/;
const callWords =
  /\b(?:call|calls|called|calling|dial|ring|text|txt|contact|reach|reached|anruf|appelez|llame|llamar|ligue|chiama)\b(?: (?:me|us|him|her|them|our|my|the|office|line|number|directly|toll[- ]free|free|now|today|anytime|or|text|back|desk|reception|sales|support|team))*(?: (?:at|on|under|au|al|:))?[\s:(]*$/;
/** A number after one of these is something else. */
const otherWords =
  /(?:\b(?:part|parts|sku|model|serial|isbn|issn|doi|order|orders|invoice|item|catalog(?:ue)?|product|article|art|version|ver|lot|batch|p\/n|s\/n|pn|sn|case|docket|ref|reference|ticket|tracking|parcel|account|acct|id|ids|build|patent|commit|coordinates?|lat|lon|long|latitude|longitude|ean|upc|gtin|imei|iban|zip|vin|policy|license|licence|booking|confirmation|voucher|coupon|transaction|customer|member|employee|student|page|pages|pp|score|range|seed|rev|revision|firmware|drawing|spec|standard|iso|din|number of|flight|bug|issue|rfc|pmid|arxiv|isin|nhs|npi|ein|vat|ssn|passport|timestamp|epoch|pin|code)\b\.?[^\w\n]{0,3}(?:(?:no|nr|number|numbers|num|code|id|key|#)\b\.?)?(?: (?:is|was|are))?[\s.:=#"'([]*|[#$€£¥§] ?)$/;

/** Layouts without country code or trunk zero that only telephone numbers have; a first bracket stands apart. */
const layouts: Readonly<Record<string, (digits: string, bracket: boolean) => boolean>> = {
  "999-999-9999": (digits) => looksNorthAmerican(digits),
  "999.999.9999": (digits) => looksNorthAmerican(digits),
  "999 999 9999": (digits) => isNorthAmerican(digits),
  "999 999-9999": (digits) => looksNorthAmerican(digits),
  "999/999-9999": (digits) => looksNorthAmerican(digits),
  "999-999 9999": (digits) => looksNorthAmerican(digits),
  "999 - 999 - 9999": (digits) => looksNorthAmerican(digits),
  "999) 999-9999": (digits, bracket) => bracket && looksNorthAmerican(digits),
  "999)999-9999": (digits, bracket) => bracket && looksNorthAmerican(digits),
  "999) 999 9999": (digits, bracket) => bracket && isNorthAmerican(digits),
  "999) 999.9999": (digits, bracket) => bracket && looksNorthAmerican(digits),
  "999)-999-9999": (digits, bracket) => bracket && looksNorthAmerican(digits),
  "999) 999 - 9999": (digits, bracket) => bracket && looksNorthAmerican(digits),
  "9-999-999-9999": (digits) => digits[0] === "1" && looksNorthAmerican(digits.slice(1)),
  "9 999 999 9999": (digits) => digits[0] === "1" && isNorthAmerican(digits.slice(1)),
  "9.999.999.9999": (digits) => digits[0] === "1" && looksNorthAmerican(digits.slice(1)),
  "9 (999) 999-9999": (digits) => digits[0] === "1" && looksNorthAmerican(digits.slice(1)),
  "9-(999)-999-9999": (digits) => digits[0] === "1" && looksNorthAmerican(digits.slice(1)),
  "9 999-999-9999": (digits) => digits[0] === "1" && looksNorthAmerican(digits.slice(1)),
  // Brazil
  "99) 99999-9999": (digits, bracket) => bracket && digits[2] === "9",
  "99) 9999-9999": (_, bracket) => bracket,
  "99) 9 9999-9999": (digits, bracket) => bracket && digits[2] === "9",
  // Russia
  "9 (999) 999-99-99": (digits) => /^8[3489]/.test(digits),
  "9-999-999-99-99": (digits) => /^8[3489]/.test(digits),
  "9 999 999-99-99": (digits) => /^8[3489]/.test(digits),
  "9 (999) 999 99 99": (digits) => /^8[3489]/.test(digits),
  // China
  "999 9999 9999": (digits) => /^1[3-9]/.test(digits),
  "999-9999-9999": (digits) => /^1[3-9]/.test(digits),
};

const extension = /(?:,? ?(?:ext\.?|extension|x)[ .:]?\d{1,5})(?![\w])/iy;

function find(text: string, place: Digits): PiiSpan | undefined {
  if (place.count < 7 || place.wordStart !== place.start) return undefined;
  const head = headOf(text, place.start);
  if (!head.plus && (!mayBeNational(text, place, head.bracket) || !startsNumber(text, head.start))) return undefined;
  const groups = groupsAt(text, place.start);
  const end = head.plus
    ? international(text, groups, 0)
    : (international(text, groups, 2) ?? national(text, groups, head));
  if (end === undefined) return undefined;
  // A bracket before the first group belongs to the number when its partner does.
  const bracketed = head.bracket && text.slice(place.start, end).includes(")");
  const start = head.bracket && !bracketed && !head.plus ? place.start : head.start;
  return { start, end: withExtension(text, end), kind: "phone" };
}

const areaFollows = /^[ \u00a0]?\(|^[- .\u00a0‑–]\d{3}/;

/** Cheap refusal of most numbers: no trunk zero, no first group of a known layout, no word before. */
function mayBeNational(text: string, { start, runEnd }: Digits, bracket: boolean): boolean {
  const first = text.charCodeAt(start);
  const length = runEnd - start;
  if (length === 3 || (first === 48 && length > 1) || (length === 2 && bracket)) return true;
  // 1-800-…, 8 (495) …
  if (length === 1 && (first === 49 || first === 56) && areaFollows.test(text.slice(runEnd, runEnd + 5))) return true;
  for (let at = start - 1, limit = start - 20; at >= 0 && at > limit; at--) {
    const code = text.charCodeAt(at);
    if (isAsciiLetter(code) || code > 0xa0) return true;
    if (code === 10 || isDigit(code)) return false;
  }
  return false;
}

interface Head {
  /** Start of the number with its `+` and bracket. */
  start: number;
  plus: boolean;
  bracket: boolean;
}

function headOf(text: string, digit: number): Head {
  const last = text[digit - 1];
  const other = text[digit - 2];
  if (last === "+") {
    const bracket = other === "(";
    const start = bracket && text.slice(digit, digit + 5).includes(")") ? digit - 2 : digit - 1;
    return { start, plus: !isAsciiWord(text.charCodeAt(start - 1)), bracket: start === digit - 2 };
  }
  if (last === "(" && other === "+") return { start: digit - 2, plus: true, bracket: true };
  if (last === "(") return { start: digit - 1, plus: false, bracket: true };
  return { start: digit, plus: false, bracket: false };
}

/** End of a number with country code after `prefix` digits ("+" none, "00" two). */
function international(text: string, groups: readonly Group[], prefix: number): number | undefined {
  const all = digitsOfGroups(groups);
  if (prefix === 2 && !mayFollowZeros(text, groups, all)) return undefined;
  const lengths = internationalLengths(all.slice(prefix));
  if (!lengths) return undefined;
  for (let used = groups.length; used > 0; used--) {
    const some = groups.slice(0, used);
    const count = digitsOfGroups(some).length - prefix;
    // A trunk zero that should have gone, +44 0207 …, may be counted or not.
    const least = some[1]?.digits.startsWith("0") && some[1].digits.length > 1 ? count - 1 : count;
    const end = some.at(-1)!.end;
    if (count >= lengths.shortest && least <= lengths.longest && endsPhone(text, end)) return end;
  }
  return undefined;
}

/** After 00 comes a country code in the same group or the next; code points in hexadecimal look similar. */
function mayFollowZeros(text: string, groups: readonly Group[], all: string): boolean {
  const [first, second] = groups;
  if (!/^00(?:[17]|[2-9]\d{1,2})?$/.test(first!.digits) || all.length < 11) return false;
  return second !== undefined && !second.digits.startsWith("0") && !followsDigits(text, groups);
}

function national(text: string, groups: readonly Group[], head: Head): number | undefined {
  if (startsWithDate(groups)) return undefined;
  let context: Context | undefined;
  for (let used = groups.length; used > 0; used--) {
    const some = groups.slice(0, used);
    const end = some.at(-1)!.end;
    const digits = digitsOfGroups(some);
    if (digits.length < 7) break;
    if (digits.length > 13 || !endsPhone(text, end)) continue;
    const layout =
      layouts[shapeOf(some)]?.(digits, head.bracket) ||
      (hasTrunk(some, digits, head.bracket) && !followsDigits(text, some));
    if (!layout && !isPlausible(some, digits)) continue;
    context ??= contextOf(text, head.start);
    if (context === "phone") return end;
    if (layout && context === "unknown" && !(some[1]?.joint === " " && isInRow(text, groups[0]!.start, end)))
      return end;
  }
  return undefined;
}

type Context = "phone" | "other" | "unknown";

function contextOf(text: string, start: number): Context {
  const context = before(text, start, contextLength);
  if (phoneWords.test(context) || callWords.test(context)) return "phone";
  return otherWords.test(context) ? "other" : "unknown";
}

/** After the word "phone" any seven to thirteen digits will do, in groups of two or more. */
function isPlausible(groups: readonly Group[], digits: string): boolean {
  if (/^(?:0000|1?(?:37|96)\d[2-9]\d{6}$)/.test(digits)) return false;
  const rest = groups.slice(1);
  const single = rest.filter((group) => group.digits.length === 1).length;
  return single < 2 && rest.at(-1)?.digits.length !== 1 && (rest.length !== 1 || rest[0]!.joint !== ".");
}

/** National numbers that begin with a trunk zero: 030 1234567, (01) 23 45 67 89, 020 7946 0958. */
function hasTrunk(groups: readonly Group[], digits: string, bracket: boolean): boolean {
  const first = groups[0]!.digits;
  if (!/^0[1-9]\d{0,4}$/.test(first) || groups.length < 2 || groups.length > 6) return false;
  if (digits.length < 9 || digits.length > (/^01[567]/.test(digits) ? 12 : 11)) return false;
  const rest = groups.slice(1);
  if (rest.some((group) => group.digits.length < 2 || group.digits.length > 8)) return false;
  // ZIP+4
  if (groups.length === 2 && first.length === 5 && rest[0]!.digits.length === 4 && rest[0]!.joint === "-") return false;
  const pairs = groups.every((group) => group.digits.length === 2);
  const joints = new Set(rest.slice(bracket ? 1 : 0).map((group) => group.joint));
  if (pairs) return groups.length === 5 && joints.size === 1;
  // With dots alone it could be a coordinate or a section.
  if (rest.every((group) => group.joint === ".") && groups.length < 3) return false;
  return first.length > 2 || bracket || digits.length >= 10 || /^0[68]/.test(first) || rest[0]!.joint !== ".";
}

/** Whether other digits and a space stand before: the number is a part of theirs. */
function followsDigits(text: string, groups: readonly Group[]): boolean {
  const { start } = groups[0]!;
  return text.charCodeAt(start - 1) === 32 && isDigit(text.charCodeAt(start - 2));
}

function endsPhone(text: string, end: number): boolean {
  return endsNumber(text, end) || withExtension(text, end) > end;
}

function withExtension(text: string, end: number): number {
  extension.lastIndex = end;
  return extension.test(text) ? extension.lastIndex : end;
}

export const phone: Detector = { kind: "phone", digits: find };
