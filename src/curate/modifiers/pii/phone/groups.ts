/** Splits a telephone number as people write it into its groups of digits. */
import { isDigit } from "../characters.ts";

export interface Group {
  start: number;
  end: number;
  digits: string;
  /** What stands between the group before and this one. */
  joint: string;
}

const mostGroups = 8;
const mostDigits = 18;
/** Space, dot, hyphens, slash and brackets, alone or in usual pairs; `(0)` is a group of its own. */
const joint =
  /(?:[-‐‑–/][ \u00a0\u202f]?|[ \u00a0\u2009\u202f][-‐‑–/][ \u00a0\u202f]|\)[ \u00a0\u202f]?[-‐‑–/.]?[ \u00a0]?|[ \u00a0\u2009\u202f.]?\(|[ \u00a0\u2009\u202f]{1,2}|\.)/y;

/** End of the joint at `at`; `at` itself when there is none. The usual single ones need no expression. */
function jointEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if ((code === 32 || code === 45 || code === 46) && isDigit(text.charCodeAt(at + 1))) return at + 1;
  if (code > 47 && code < 0xa0) return at;
  joint.lastIndex = at;
  return joint.test(text) ? joint.lastIndex : at;
}

/** Groups from the digit at `start` on, as far as one number could reach. */
export function groupsAt(text: string, start: number): Group[] {
  const groups: Group[] = [];
  let at = start;
  let between = "";
  let count = 0;
  while (groups.length < mostGroups && count < mostDigits) {
    let end = at;
    while (end < text.length && end - at < mostDigits && isDigit(text.charCodeAt(end))) end++;
    if (end === at) break;
    groups.push({ start: at, end, digits: text.slice(at, end), joint: between });
    count += end - at;
    at = jointEnd(text, end);
    if (at === end) break;
    between = text.slice(end, at);
  }
  return groups;
}

const joined = (groups: readonly Group[]): string => groups.map(({ digits }) => digits).join("");

/** `joined`, but without a trunk zero in brackets: "+49 (0)30". */
export function digitsOfGroups(groups: readonly Group[]): string {
  return joined(groups.filter((group) => !(group.digits === "0" && group.joint.endsWith("("))));
}

/** The groups' digits as 9s with what stands between: "(999) 999-9999" without its first bracket. */
export function shapeOf(groups: readonly Group[]): string {
  return groups
    .map(
      ({ digits, joint: between }) =>
        between.replace(/[\u00a0\u2009\u202f]/g, " ").replace(/[‐‑–]/g, "-") + "9".repeat(digits.length),
    )
    .join("");
}

/** Whether the first three groups are a date: 12.03.2019, 2019-03-12, 3/12/19. */
export function startsWithDate(groups: readonly Group[]): boolean {
  const [a, b, c] = groups;
  if (!a || !b || !c || b.joint !== c.joint || !/^ ?[-./] ?$/.test(b.joint)) return false;
  const lengths = [a, b, c].map(({ digits }) => digits.length).join("");
  if (/^[12][12][24]$/.test(lengths)) {
    return (
      Number(a.digits) <= 31 &&
      Number(b.digits) <= 31 &&
      (c.digits.length === 2 ? lengths === "222" && groups.length === 3 : /^(?:1[5-9]|20)/.test(c.digits))
    );
  }
  return /^4[12][12]$/.test(lengths) && /^(?:1[5-9]|20)/.test(a.digits);
}
