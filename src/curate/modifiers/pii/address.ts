/** Postal addresses of persons and firms: American, British, German, French and similar ones. */
import { englishAddress } from "./address/english.ts";
import { europeanAddress } from "./address/european.ts";
import { isAsciiWord } from "./characters.ts";
import type { Detector, Digits, PiiSpan } from "./detector.ts";
import { sampleStreet } from "./fakes.ts";

const longestBox = 6;

function find(text: string, { start, runEnd, wordStart }: Digits): PiiSpan | undefined {
  if (wordStart !== start || runEnd - start > longestBox) return undefined;
  const last = text.charCodeAt(start - 1);
  // Part of a longer number: 3.14 Main, 10-12 Main, 1/2 Main.
  if ((last >= 44 && last <= 47) || last === 95) {
    if (last === 95 || isAsciiWord(text.charCodeAt(start - 2))) return undefined;
  }
  const found = englishAddress(text, start, runEnd) ?? europeanAddress(text, start, runEnd);
  if (!found || text.startsWith(sampleStreet, runEnd + 1)) return undefined;
  return { start: found[0], end: found[1], kind: "address" };
}

export const address: Detector = { kind: "address", digits: find };
