/** Filter `gopher-repetition@datatrove`: GopherRepetitionFilter of datatrove 0.10.1 (Rae et al. 2021, table A1). */
import { linesOf } from "../shared/text/lines.ts";
import { countParagraphs } from "../shared/text/paragraphs.ts";
import { measureWords, pointsOf, skippingDuplicates, topGram, visitLevels } from "../shared/text/repetition.ts";
import { wordsOf } from "../shared/text/words.ts";
import { gramLimits, gramMeasure, gramRules, gramScores } from "./shared/gram-rules.ts";
import { measuredFilter } from "./shared/measured.ts";

/** Drops texts that repeat lines, paragraphs or n-grams; shares of characters are of the whole text, spaces included. */
export default measuredFilter({
  name: "gopher-repetition@datatrove",
  limits: () => ({
    minChars: 1,
    maxDuplicateParagraphs: 0.3,
    maxDuplicateParagraphChars: 0.2,
    maxDuplicateLines: 0.3,
    maxDuplicateLineChars: 0.2,
    ...gramLimits,
  }),
  measure: ({ text }) => measure(text),
  rules: [
    { reason: "empty", measure: "characters", min: "minChars" },
    { reason: "duplicate-paragraphs", measure: "duplicateParagraphs", max: "maxDuplicateParagraphs" },
    { reason: "duplicate-paragraph-characters", measure: "duplicateParagraphChars", max: "maxDuplicateParagraphChars" },
    { reason: "duplicate-lines", measure: "duplicateLines", max: "maxDuplicateLines" },
    { reason: "duplicate-line-characters", measure: "duplicateLineChars", max: "maxDuplicateLineChars" },
    ...gramRules,
  ],
});

function measure(text: string) {
  const lines = countDuplicateLines(text);
  const paragraphs = countParagraphs(text);
  const { characters } = lines;
  const all = Math.max(characters, 1);
  const scores = {
    characters,
    duplicateParagraphs: paragraphs.duplicates / paragraphs.count,
    duplicateParagraphChars: paragraphs.duplicatePoints / all,
    duplicateLines: lines.duplicates / lines.count,
    duplicateLineChars: lines.duplicatePoints / all,
    ...gramScores(0),
  };
  const { ids, count, stretches } = wordsOf(text);
  const words = measureWords(ids, count, stretches.table);
  visitLevels(words, (level) => {
    const { n } = level;
    const top = n > 4 ? undefined : topGram(words, level);
    if (n > 4) scores[gramMeasure(n)] = skippingDuplicates(words, level) / all;
    // The reference joins the words of these n-grams with spaces, and those of the longer ones without.
    else if (top) scores[gramMeasure(n)] = ((pointsOf(words, top.at, n) + n - 1) * top.times) / all;
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
