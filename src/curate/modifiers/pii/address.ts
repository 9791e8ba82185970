/** Postal addresses of persons and firms: American, British, German, French and similar ones. */
import { englishAddress } from "./address/english.ts";
import { europeanAddress } from "./address/european.ts";
import { isAsciiWord } from "./characters.ts";
import type { Detector, Digits, PiiSpan } from "./detector.ts";
import { sampleStreet } from "./fakes.ts";

const longestBox = 6;

function find(text: string, { start, runEnd }: Digits): PiiSpan | undefined {
  if (runEnd - start > longestBox) return undefined;
  const last = text.charCodeAt(start - 1);
  // Part of a longer number: 3.14 Main, 10-12 Main, 1/2 Main.
  if ((last >= 44 && last <= 47) || last === 95) {
    if (last === 95 || isAsciiWord(text.charCodeAt(start - 2))) return undefined;
  }
  const found = englishAddress(text, start, runEnd) ?? europeanAddress(text, start, runEnd);
  if (!found || text.startsWith(sampleStreet, runEnd + 1)) return undefined;
  return { start: found[0], end: withoutStop(text, found[1]), kind: "address" };
}

const abbreviated = /\b(?:St|Av|Ave|Rd|Blvd|Ln|Dr|Ct|Pl|Sq|Cir|Ter|Hwy|Pkwy|Str|str|[NSEW]{1,2})\.$/;

/** A full stop at the end belongs to the sentence, unless it shortens the last word. */
function withoutStop(text: string, end: number): number {
  return text[end - 1] === "." && !abbreviated.test(text.slice(end - 6, end)) ? end - 1 : end;
}

export const address: Detector = { kind: "address", digits: find, lettersBefore: "never" };
