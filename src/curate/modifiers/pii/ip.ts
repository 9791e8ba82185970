/** Public IP addresses, version 4 and 6; private and documentation ranges and versions of software are none. */
import { before, isAsciiWord, isDigit, isHex } from "./characters.ts";
import type { Detector, Digits, PiiSpan } from "./detector.ts";

const dotted = /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?!\d)/y;

const versionWords =
  /(?:(?:\b|[a-z])version[\s.:=#"'(]{0,3}|\b(?:versions|ver|release|releases|released|build|firmware|driver|revision|rev|upgrade|upgraded|update|updated|patch|section|sections|chapter|clause|paragraph|oid|figure|table|object|objectidentifier|bios|kernel|software|package|sdk|api|app|plugin|v)[\s.:=#"'(]{0,3}(?:to\s|from\s|number\s|no\.?\s|is\s)?|§\s?)$|\b(?:version|versions|v|upgraded?|updated?|downgraded?|bumped|from)\b[^\n]{0,6}\d+(?:\.\d+){1,3},? (?:to|and|or|->|→|through) $/;
const addressWords =
  /\b(?:ip|ips|ipv4|address|addresses|addr|host|hosts|server|servers|client|clients|dns|ping|ssh|telnet|gateway|router|subnet|network|connect|connected|connection|traffic|request|requests|login|logins|logged|attack|blocked|banned|resolver|nameserver|listen|port|proxy|visitor)\b[^\n]{0,30}$|\/\/$|@$/;
/** Public resolvers, which people write where others write versions. */
const wellKnown = new Set(["1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "4.2.2.2"]);

function findV4(text: string, { start, runEnd }: Digits): PiiSpan | undefined {
  if (text.charCodeAt(runEnd) !== 46) return undefined;
  dotted.lastIndex = start;
  const match = dotted.exec(text);
  if (!match) return undefined;
  const end = dotted.lastIndex;
  if (!isWholeV4(text, start, end)) return undefined;
  const octets = [match[1]!, match[2]!, match[3]!, match[4]!];
  if (octets.some((octet) => Number(octet) > 255 || (octet.length > 1 && octet[0] === "0"))) return undefined;
  const numbers = octets.map(Number);
  if (!isPublicV4(numbers) || isVersion(text, start, match[0], numbers)) return undefined;
  return { start, end, kind: "ip" };
}

function isWholeV4(text: string, start: number, end: number): boolean {
  const last = text.charCodeAt(start - 1);
  if (last === 46 || last === 95 || (last === 45 && isAsciiWord(text.charCodeAt(start - 2)))) return false;
  // Chrome/91.0.4472.124
  if (last === 47 && isAsciiWord(text.charCodeAt(start - 2))) return false;
  const next = text.charCodeAt(end);
  if (isAsciiWord(next) || next === 95) return false;
  const afterNext = text.charCodeAt(end + 1);
  if (next === 46) return !isAsciiWord(afterNext);
  if (next === 45) return isDigit(afterNext) && /^-\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/.test(text.slice(end, end + 16));
  return next !== 43 && next !== 126;
}

function isPublicV4([a, b, c]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a! >= 224) return false;
  if (a === 100) return b! < 64 || b! > 127;
  if (a === 169) return b !== 254;
  if (a === 172) return b! < 16 || b! > 31;
  if (a === 192) return !(b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99));
  if (a === 198) return !(b === 18 || b === 19 || (b === 51 && c === 100));
  return !(a === 203 && b === 0 && c === 113);
}

function isVersion(text: string, start: number, address: string, numbers: readonly number[]): boolean {
  const context = before(text, start, 40);
  if (versionWords.test(context)) return true;
  // Four small numbers are a version more often than an address, and 1.2., 1.3., 2.5. open object identifiers.
  const small = numbers.filter((number) => number <= 30).length;
  const objectId = /^(?:1\.[23]|2\.5)\./.test(address);
  if (wellKnown.has(address) || ((small < 3 || numbers[0]! > 30) && !objectId)) return false;
  return !addressWords.test(context);
}

/** `at` is the first colon of a word of hexadecimal digits and colons. */
function findV6(text: string, at: number): PiiSpan | undefined {
  if (text.charCodeAt(at) !== 58) return undefined;
  let start = at;
  while (start > 0 && at - start < 5 && isHex(text.charCodeAt(start - 1))) start--;
  let end = at;
  let colons = 0;
  while (end - start < 46 && isV6Character(text.charCodeAt(end))) if (text.charCodeAt(end++) === 58) colons++;
  if (colons < 2) return undefined;
  while (end > start && (text.charCodeAt(end - 1) === 46 || isLoneColon(text, end - 1))) end--;
  if (end - start < 4 || !isWholeV6(text, start, end)) return undefined;
  const groups = parseV6(text.slice(start, end));
  return groups && isPublicV6(groups) ? { start, end, kind: "ip" } : undefined;
}

const isV6Character = (code: number): boolean => isHex(code) || code === 58 || code === 46;

const isLoneColon = (text: string, at: number): boolean => text.charCodeAt(at) === 58 && text.charCodeAt(at - 1) !== 58;

function isWholeV6(text: string, start: number, end: number): boolean {
  const last = text.charCodeAt(start - 1);
  const next = text.charCodeAt(end);
  const joins = (code: number) => isAsciiWord(code) || code === 95 || code === 58;
  return !joins(last) && last !== 46 && !isAsciiWord(next) && next !== 95;
}

/** Eight numbers of 16 bits, or undefined when it is no address. */
function parseV6(address: string): number[] | undefined {
  let source = address;
  const v4 = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(source);
  if (v4) {
    const [a, b, c, d] = v4.slice(2).map(Number) as [number, number, number, number];
    if (Math.max(a, b, c, d) > 255) return undefined;
    source = `${v4[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const halves = source.split("::");
  if (halves.length > 2) return undefined;
  const parts = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = parts.flat();
  if (!given.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  if (halves.length === 1 ? given.length !== 8 : given.length > 7) return undefined;
  const zeros = Array.from({ length: 8 - given.length }, () => "0");
  return [...parts[0]!, ...zeros, ...(parts[1] ?? [])].map((part) => Number.parseInt(part, 16));
}

/** Global unicast (2000::/3) without the ranges for documentation; what is private lies elsewhere. */
function isPublicV6([a, b]: readonly number[]): boolean {
  if (a! < 0x2000 || a! > 0x3fff) return false;
  return !(a === 0x2001 && b === 0xdb8) && !(a === 0x3fff && b! < 0x1000);
}

export const ip: Detector = { kind: "ip", digits: findV4, fewestDigits: 4, lettersBefore: "never", assignment: findV6 };
