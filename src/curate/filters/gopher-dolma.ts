/** Filter `gopher@dolma`: tagger gopher_v1 of dolma (python/dolma/taggers/gopher.py) with the limits of its mixes. */
import { linesOf } from "../shared/text/lines.ts";
import { copiesShare, type Measured, measureWords, pointsOf, topGram, visitLevels } from "../shared/text/repetition.ts";
import { factShift, flagsFact, hasLetter, hasSymbol, pointsFact, stopWordShift } from "../shared/text/word-table.ts";
import { type Stretches, stretchesOf } from "../shared/text/words.ts";
import { gramLimits, gramMeasure, gramRules, gramScores } from "./shared/gram-rules.ts";
import { measuredFilter } from "./shared/measured.ts";

/** Gopher on words between spaces: median word length, shares without spaces, every copy of a repetition counted. */
export default measuredFilter({
  name: "gopher@dolma",
  limits: () => ({
    minWords: 50,
    maxWords: 100_000,
    minWordLength: 3,
    maxWordLength: 10,
    maxSymbols: 0.1,
    minAlphaWords: 0.8,
    minStopWords: 2,
    maxBulletLines: 0.9,
    maxEllipsisLines: 0.3,
    maxDuplicateLines: 0.3,
    maxDuplicateLineChars: 0.3,
    ...gramLimits,
  }),
  measure({ text }) {
    const stretches = stretchesOf(text);
    const words = measureWords(stretches.ids, stretches.count, stretches.table);
    return { ...wordScores(stretches), ...lineScores(text, words), ...measureGrams(words) };
  },
  rules: [
    { reason: "too-few-words", measure: "words", min: "minWords" },
    { reason: "too-many-words", measure: "words", max: "maxWords" },
    { reason: "words-too-short", measure: "wordLength", min: "minWordLength" },
    { reason: "words-too-long", measure: "wordLength", max: "maxWordLength" },
    { reason: "too-many-symbols", measure: "symbols", max: "maxSymbols" },
    { reason: "too-few-alphabetic-words", measure: "alphaWords", min: "minAlphaWords" },
    { reason: "too-few-stop-words", measure: "stopWords", min: "minStopWords" },
    { reason: "too-many-bullet-lines", measure: "bulletLines", max: "maxBulletLines" },
    { reason: "too-many-ellipsis-lines", measure: "ellipsisLines", max: "maxEllipsisLines" },
    { reason: "duplicate-lines", measure: "duplicateLines", max: "maxDuplicateLines" },
    { reason: "duplicate-line-characters", measure: "duplicateLineChars", max: "maxDuplicateLineChars" },
    ...gramRules,
  ],
});

function wordScores({ ids, count, table: { facts } }: Stretches) {
  let symbols = 0;
  let alphabetic = 0;
  let stopWords = 0;
  for (let i = 0; i < count; i++) {
    const bits = facts[(ids[i]! << factShift) + flagsFact]!;
    if ((bits & hasSymbol) !== 0) symbols++;
    if ((bits & hasLetter) !== 0) alphabetic++;
    if (bits >> stopWordShift !== 0) stopWords++;
  }
  const all = Math.max(count, 1);
  return {
    words: count,
    wordLength: medianLength(ids, count, facts),
    symbols: symbols / all,
    alphaWords: alphabetic / all,
    stopWords,
  };
}

function medianLength(ids: Int32Array, count: number, facts: Int32Array): number {
  if (count === 0) return 0;
  const lengths = new Int32Array(count);
  for (let i = 0; i < count; i++) lengths[i] = facts[(ids[i]! << factShift) + pointsFact]!;
  lengths.sort();
  const middle = count >> 1;
  return count % 2 === 1 ? lengths[middle]! : (lengths[middle - 1]! + lengths[middle]!) / 2;
}

function lineScores(text: string, words: Measured) {
  const lines = linesOf(text);
  const copies = new Int32Array(lines.count);
  let bullets = 0;
  let ellipses = 0;
  for (let line = 0; line < lines.count; line++) {
    const first = lines.firstEqual[line]!;
    copies[first] = copies[first]! + 1;
    if (lines.starts[line] === lines.ends[line]) continue;
    const unit = text.charCodeAt(lines.starts[line]!);
    if (unit === 0x2a || unit === 0x2d) bullets++;
    if (text.charCodeAt(lines.ends[line]! - 1) === 0x2026) ellipses++;
  }
  let duplicates = 0;
  let points = 0;
  for (let line = 0; line < lines.count; line++) {
    if (copies[line]! < 2) continue;
    duplicates += copies[line]!;
    points += copies[line]! * lines.points[line]!;
  }
  return {
    bulletLines: bullets / lines.count,
    ellipsisLines: ellipses / lines.count,
    duplicateLines: duplicates / lines.count,
    duplicateLineChars: points / Math.max(words.before[words.count]!, 1),
  };
}

function measureGrams(words: Measured) {
  const scores = gramScores(0);
  const all = Math.max(words.before[words.count]!, 1);
  visitLevels(words, (level) => {
    const { n } = level;
    const top = n > 4 ? undefined : topGram(words, level);
    if (n > 4) scores[gramMeasure(n)] = copiesShare(words, level);
    else if (top) scores[gramMeasure(n)] = (top.times * pointsOf(words, top.at, n)) / all;
  });
  return scores;
}
