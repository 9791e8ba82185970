/** Filter `gopher-quality@datatrove`: GopherQualityFilter of datatrove 0.10.1 (Rae et al. 2021, appendix A). */
import { splitLinesOf } from "../shared/text/lines.ts";
import {
  ellipsesFact,
  factShift,
  flagsFact,
  hasContent,
  hashMarksFact,
  hasLetter,
  pointsFact,
  stopWordShift,
} from "../shared/text/word-table.ts";
import { wordsOf } from "../shared/text/words.ts";
import { measuredFilter } from "./shared/measured.ts";

/** Drops texts whose words, symbols and lines are not those of prose; words are spaCy's, marks alone are none. */
export default measuredFilter({
  name: "gopher-quality@datatrove",
  limits: () => ({
    minWords: 50,
    maxWords: 100_000,
    minWordLength: 3,
    maxWordLength: 10,
    maxHashes: 0.1,
    maxEllipses: 0.1,
    maxBulletLines: 0.9,
    maxEllipsisLines: 0.3,
    minAlphaWords: 0.8,
    minStopWords: 2,
  }),
  measure: ({ text }) => ({ ...measureWords(text), ...measureLines(text) }),
  rules: [
    { reason: "too-few-words", measure: "words", min: "minWords" },
    { reason: "too-many-words", measure: "words", max: "maxWords" },
    { reason: "words-too-short", measure: "wordLength", min: "minWordLength" },
    { reason: "words-too-long", measure: "wordLength", max: "maxWordLength" },
    { reason: "too-many-hashes", measure: "hashes", max: "maxHashes" },
    { reason: "too-many-ellipses", measure: "ellipses", max: "maxEllipses" },
    { reason: "too-many-bullet-lines", measure: "bulletLines", max: "maxBulletLines" },
    { reason: "too-many-ellipsis-lines", measure: "ellipsisLines", max: "maxEllipsisLines" },
    { reason: "too-few-alphabetic-words", measure: "alphaWords", min: "minAlphaWords" },
    { reason: "too-few-stop-words", measure: "stopWords", min: "minStopWords" },
  ],
});

function measureWords(text: string) {
  const { ids, count, stretches } = wordsOf(text);
  const { facts } = stretches.table;
  let words = 0;
  let length = 0;
  let alphabetic = 0;
  let stops = 0;
  for (let i = 0; i < count; i++) {
    const at = ids[i]! << factShift;
    const bits = facts[at + flagsFact]!;
    if ((bits & hasLetter) !== 0) alphabetic++;
    if ((bits & hasContent) !== 0) {
      words++;
      length += facts[at + pointsFact]!;
    }
    stops |= 1 << (bits >> stopWordShift);
  }
  let hashes = 0;
  let dots = 0;
  for (let i = 0; i < stretches.count; i++) {
    const at = stretches.ids[i]! << factShift;
    hashes += facts[at + hashMarksFact]!;
    dots += facts[at + ellipsesFact]!;
  }
  const all = Math.max(count, 1);
  return {
    words,
    wordLength: words === 0 ? 0 : length / words,
    hashes: hashes / all,
    ellipses: dots / all,
    alphaWords: alphabetic / all,
    stopWords: bitsIn(stops >> 1),
  };
}

function measureLines(text: string) {
  const lines = splitLinesOf(text);
  let bullets = 0;
  let ellipses = 0;
  for (let line = 0; line < lines.splitCount; line++) {
    const start = lines.inkStarts[line]!;
    const end = lines.inkEnds[line]!;
    if (start === end) continue;
    const first = text.charCodeAt(start);
    if (first === 0x2022 || first === 0x2d) bullets++;
    if (text.charCodeAt(end - 1) === 0x2026 || (end - start >= 3 && text.endsWith("...", end))) ellipses++;
  }
  const all = Math.max(lines.splitCount, 1);
  return { bulletLines: bullets / all, ellipsisLines: ellipses / all };
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest >>= 1) count += rest & 1;
  return count;
}
