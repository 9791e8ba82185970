/** Layouts of national telephone numbers: groups of digits as only telephone numbers have them. */
import { isNorthAmerican, looksNorthAmerican } from "./countries.ts";
import { digitsOfGroups, type Group, shapeOf } from "./groups.ts";

type Test = (digits: string) => boolean;

/** North America: with hyphens, dots or brackets the layout says enough, with spaces alone the digits have to fit. */
const marked = [
  "999-999-9999",
  "999.999.9999",
  "999 999-9999",
  "999/999-9999",
  "999-999 9999",
  "999 - 999 - 9999",
  "(999) 999-9999",
  "(999)999-9999",
  "(999) 999.9999",
  "(999)-999-9999",
  "(999) 999 - 9999",
];
const spaced = ["999 999 9999", "(999) 999 9999"];
/** The same with the 1 for long distances. */
const markedLong = ["9-999-999-9999", "9.999.999.9999", "9 (999) 999-9999", "9-(999)-999-9999", "9 999-999-9999"];
const spacedLong = ["9 999 999 9999"];
const russian = ["9 (999) 999-99-99", "9-999-999-99-99", "9 999 999-99-99", "9 (999) 999 99 99"];
const brazilianMobile = ["(99) 99999-9999", "(99) 9 9999-9999"];
const brazilian = ["(99) 9999-9999"];
const chinese = ["999 9999 9999", "999-9999-9999"];

const layouts = new Map<string, Test>();
const add = (shapes: readonly string[], test: Test) => {
  for (const shape of shapes) layouts.set(shape, test);
};
add(marked, looksNorthAmerican);
add(spaced, isNorthAmerican);
add(markedLong, (digits) => digits[0] === "1" && looksNorthAmerican(digits.slice(1)));
add(spacedLong, (digits) => digits[0] === "1" && isNorthAmerican(digits.slice(1)));
add(russian, (digits) => /^8[3489]/.test(digits));
add(brazilianMobile, (digits) => digits[2] === "9");
add(brazilian, () => true);
add(chinese, (digits) => /^1[3-9]/.test(digits));

/** Whether these groups, the first in an opened bracket or not, are laid out as a national number of some country. */
export function hasLayout(groups: readonly Group[], bracket: boolean): boolean {
  const shape = shapeOf(groups);
  return layouts.get(bracket ? `(${shape}` : shape)?.(digitsOfGroups(groups)) === true;
}

/** National numbers that begin with a trunk zero: 030 1234567, (01) 23 45 67 89, 020 7946 0958. */
export function hasTrunk(groups: readonly Group[], bracket: boolean): boolean {
  const first = groups[0]!.digits;
  const digits = digitsOfGroups(groups);
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

/** After the word "phone" any seven to thirteen digits will do, in groups of two or more. */
export function isPlausible(groups: readonly Group[]): boolean {
  const digits = digitsOfGroups(groups);
  if (/^(?:0000|1?(?:37|96)\d[2-9]\d{6}$)/.test(digits)) return false;
  const rest = groups.slice(1);
  const single = rest.filter((group) => group.digits.length === 1).length;
  return single < 2 && rest.at(-1)?.digits.length !== 1 && (rest.length !== 1 || rest[0]!.joint !== ".");
}
