/** Filter `gopher-repetition@datatrove`: GopherRepetitionFilter of datatrove 0.10.1 (Rae et al. 2021, table A1). */
import { linesOf } from "../shared/text/lines.ts";
import { countParagraphs } from "../shared/text/paragraphs.ts";
import { measureWords, pointsOf, skippingDuplicates, topGram, visitLevels } from "../shared/text/repetition.ts";
import { wordsOf } from "../shared/text/words.ts";
import { measuredFilter } from "./shared/measured.ts";

const topLengths = [2, 3, 4] as const;
const duplicateLengths = [5, 6, 7, 8, 9, 10] as const;
type Measure =
  | "characters"
  | "duplicateParagraphs"
  | "duplicateParagraphChars"
  | "duplicateLines"
  | "duplicateLineChars"
  | `top${2 | 3 | 4}grams`
  | `duplicate${5 | 6 | 7 | 8 | 9 | 10}grams`;

/** Drops texts that repeat lines, paragraphs or n-grams; shares of characters are of the whole text, spaces included. */
export default measuredFilter({
  name: "gopher-repetition@datatrove",
  limits: () => ({
    minChars: 1,
    maxDuplicateParagraphs: 0.3,
    maxDuplicateParagraphChars: 0.2,
    maxDuplicateLines: 0.3,
    maxDuplicateLineChars: 0.2,
    maxTop2grams: 0.2,
    maxTop3grams: 0.18,
    maxTop4grams: 0.16,
    maxDuplicate5grams: 0.15,
    maxDuplicate6grams: 0.14,
    maxDuplicate7grams: 0.13,
    maxDuplicate8grams: 0.12,
    maxDuplicate9grams: 0.11,
    maxDuplicate10grams: 0.1,
  }),
  measure: ({ text }) => measure(text),
  rules: [
    { reason: "empty", measure: "characters", min: "minChars" },
    { reason: "duplicate-paragraphs", measure: "duplicateParagraphs", max: "maxDuplicateParagraphs" },
    { reason: "duplicate-paragraph-characters", measure: "duplicateParagraphChars", max: "maxDuplicateParagraphChars" },
    { reason: "duplicate-lines", measure: "duplicateLines", max: "maxDuplicateLines" },
    { reason: "duplicate-line-characters", measure: "duplicateLineChars", max: "maxDuplicateLineChars" },
    ...topLengths.map((n) => ({ reason: `top-${n}-grams`, measure: `top${n}grams`, max: `maxTop${n}grams` }) as const),
    ...duplicateLengths.map(
      (n) => ({ reason: `duplicate-${n}-grams`, measure: `duplicate${n}grams`, max: `maxDuplicate${n}grams` }) as const,
    ),
  ],
});

function measure(text: string): Record<Measure, number> {
  const lines = countDuplicateLines(text);
  const paragraphs = countParagraphs(text);
  const { characters } = lines;
  const all = Math.max(characters, 1);
  const scores: Record<Measure, number> = {
    characters,
    duplicateParagraphs: paragraphs.duplicates / paragraphs.count,
    duplicateParagraphChars: paragraphs.duplicatePoints / all,
    duplicateLines: lines.duplicates / lines.count,
    duplicateLineChars: lines.duplicatePoints / all,
    top2grams: 0,
    top3grams: 0,
    top4grams: 0,
    duplicate5grams: 0,
    duplicate6grams: 0,
    duplicate7grams: 0,
    duplicate8grams: 0,
    duplicate9grams: 0,
    duplicate10grams: 0,
  };
  const { ids, count, stretches } = wordsOf(text);
  const words = measureWords(ids, count, stretches.table);
  visitLevels(words, (level) => {
    const { n } = level;
    if (n > 4) {
      scores[`duplicate${n as 5}grams`] = skippingDuplicates(words, level) / all;
      return;
    }
    const top = topGram(words, level);
    // The reference joins the words of these n-grams with spaces, and those of the longer ones without.
    if (top) scores[`top${n as 2}grams`] = ((pointsOf(words, top.at, n) + n - 1) * top.times) / all;
  });
  return scores;
}

/** Lines between runs of newlines, as Python's `re.split("\n+", text)`: empty ones only at the text's ends. */
function countDuplicateLines(text: string) {
  const lines = linesOf(text);
  const last = lines.count - 1;
  const counts = { characters: last, count: 0, duplicates: 0, duplicatePoints: 0 };
  let empty = 0;
  for (let line = 0; line <= last; line++) {
    if (lines.points[line] === 0) {
      // Newlines alone, split, leave an empty line before and one after.
      if (line === 0 || line === last) empty++;
      continue;
    }
    counts.count++;
    counts.characters += lines.points[line]!;
    if (lines.firstEqual[line] === line) continue;
    counts.duplicates++;
    counts.duplicatePoints += lines.points[line]!;
  }
  counts.count += empty;
  if (empty === 2) counts.duplicates++;
  return counts;
}
