/** Telephone numbers: international ones by country code and length, national ones by layout or by what stands before. */
import { endsNumber, isAsciiLetter, isAsciiWord, isDigit, isInRow, startsNumber } from "./characters.ts";
import type { Detector, Digits, PiiSpan } from "./detector.ts";
import { type Context, contextOf } from "./phone/context.ts";
import { internationalLengths } from "./phone/countries.ts";
import { digitsOfGroups, type Group, groupsAt, startsWithDate } from "./phone/groups.ts";
import { hasLayout, hasTrunk, isPlausible } from "./phone/layouts.ts";

const extension = /(?:,? ?(?:ext\.?|extension|x)[ .:]?\d{1,5})(?![\w])/iy;

function find(text: string, place: Digits): PiiSpan | undefined {
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
    const count = digitsOfGroups(some).length;
    if (count < 7) break;
    if (count > 13 || !endsPhone(text, end)) continue;
    const layout = hasLayout(some, head.bracket) || (hasTrunk(some, head.bracket) && !followsDigits(text, some));
    if (!layout && !isPlausible(some)) continue;
    context ??= contextOf(text, head.start);
    const inRow = some[1]?.joint === " " && isInRow(text, groups[0]!.start, end);
    if (context === "phone" || (layout && context === "unknown" && !inRow)) return end;
  }
  return undefined;
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

export const phone: Detector = { kind: "phone", digits: find, fewestDigits: 7, lettersBefore: "never" };
