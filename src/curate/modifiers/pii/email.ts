/** E-mail addresses, plain and with a bracketed "at". */
import { isAsciiLetter, isAsciiWord, isDigit } from "./characters.ts";
import type { Detector, PiiSpan } from "./detector.ts";
import { sampleEmail } from "./fakes.ts";

const maxLocal = 64;
const maxDomain = 255;

/** Endings that names of files have and no top-level domain has. */
const fileEndings = new Set(
  "png jpg jpeg gif svg webp bmp ico tif tiff css scss js mjs cjs ts tsx jsx json html htm xml txt yaml yml toml ini lock log csv tsv pdf doc docx xls xlsx exe dll jar war class cpp hpp php bak tar gz tgz bz2 xz deb rpm dmg iso mp3 mp4 wav avi".split(
    " ",
  ),
);

const bracketed =
  /^([A-Za-z0-9][A-Za-z0-9._%+-]{0,63})\s?[([{<]\s?(?:at|@)\s?[)\]}>]\s?((?:[A-Za-z0-9-]{1,63}\s?(?:\.|[([{<]\s?(?:dot|\.)\s?[)\]}>])\s?){1,4}[A-Za-z]{2,24})(?![\w@])/i;

/** A letter of any script beyond ASCII counts as one. */
const isLocal = (code: number): boolean =>
  isAsciiWord(code) ||
  code === 46 || // .
  code === 95 || // _
  code === 37 || // %
  code === 43 || // +
  code === 45 || // -
  code === 39 || // '
  code === 38 || // &
  code === 126 || // ~
  isForeignLetter(code);

const isForeignLetter = (code: number): boolean => code >= 0xc0 && code !== 0xd7 && code !== 0xf7 && code < 0x2000;

function find(text: string, at: number): PiiSpan | undefined {
  if (text.charCodeAt(at) !== 64) return findBracketed(text, at);
  const start = localStart(text, at);
  if (start === undefined) return undefined;
  const host = domainEnd(text, at + 1);
  if (host === undefined) return undefined;
  // Perl's documentation writes E<lt>name@host.orgE<gt>.
  const end = text.startsWith("E<gt>", host - 1) ? host - 1 : host;
  return isOther(text, start, at, end) ? undefined : { start, end, kind: "email" };
}

function localStart(text: string, at: number): number | undefined {
  let start = at;
  const limit = Math.max(0, at - maxLocal);
  while (start > limit && isLocal(text.charCodeAt(start - 1))) start--;
  // Longer than a name can be.
  if (start === limit && start > 0 && isLocal(text.charCodeAt(start - 1))) return undefined;
  while (start < at && !isNameStart(text.charCodeAt(start))) start++;
  return start < at && text.charCodeAt(at - 1) !== 46 ? start : undefined;
}

const isNameStart = (code: number): boolean => isAsciiWord(code) || code === 95 || isForeignLetter(code);

/** End of the host name that starts at `from`; undefined when it has no dot or no possible top-level domain. */
function domainEnd(text: string, from: number): number | undefined {
  const limit = Math.min(text.length, from + maxDomain);
  let end = from;
  let label = from;
  let lastLabel = -1;
  for (; end < limit; end++) {
    const code = text.charCodeAt(end);
    if (code === 46) {
      if (end === label || text.charCodeAt(end - 1) === 45) break;
      const next = text.charCodeAt(end + 1);
      if (!isAsciiWord(next) && !isForeignLetter(next)) break;
      label = end + 1;
      lastLabel = label;
    } else if (!isAsciiWord(code) && !(code === 45 && end > label) && !isForeignLetter(code)) break;
  }
  if (lastLabel === -1) return undefined;
  while (end > lastLabel && text.charCodeAt(end - 1) === 45) end--;
  return isTopLevel(text.slice(lastLabel, end)) ? end : undefined;
}

function isTopLevel(label: string): boolean {
  if (label.length < 2 || label.length > 24) return false;
  if (/^xn--/i.test(label)) return true;
  for (let i = 0; i < label.length; i++) {
    const code = label.charCodeAt(i);
    if (!isAsciiLetter(code) && !isForeignLetter(code)) return false;
  }
  return !fileEndings.has(label.toLowerCase());
}

/** What is written like an address and is none: repositories, calls of methods, credentials in a URL, images. */
function isOther(text: string, start: number, at: number, end: number): boolean {
  const next = text.charCodeAt(end);
  if (next === 40 || next === 95) return true;
  const local = text.slice(start, at);
  if (sampleEmail.test(text.slice(start, end))) return true;
  if (local === "git" && (next === 58 || next === 47)) return true;
  if (isDigit(text.charCodeAt(at + 1)) && /^\dx\./.test(text.slice(at + 1, at + 4))) return true;
  // user:password@host belongs to the secrets.
  const scheme = text.slice(Math.max(0, start - 80), start);
  return /[a-z]:\/\/[^\s/@]*$/i.test(scheme);
}

/** `at` is the opening bracket of "(at)". */
function findBracketed(text: string, at: number): PiiSpan | undefined {
  let start = at;
  if (text.charCodeAt(start - 1) === 32) start--;
  const limit = Math.max(0, start - maxLocal);
  while (start > limit && isLocal(text.charCodeAt(start - 1))) start--;
  const match = bracketed.exec(text.slice(start, at + maxDomain));
  if (!match) return undefined;
  return { start, end: start + match[0].length, kind: "email" };
}

export const email: Detector = { kind: "email", at: find };
