/**
 * Filter `curator-english`: the heuristics of NeMo Curator 1.4.0 for English text, in the order and with the limits of
 * nemo_curator/config/text/heuristic_filter_english_pipeline.yaml. Words stand between spaces; its "sentences" are lines.
 */
import { measureCharacters, measureWordMarks } from "./shared/curator-characters.ts";
import { measureGrams } from "./shared/curator-grams.ts";
import { measureLines, measureParagraphs } from "./shared/curator-lines.ts";
import { gramLimits, gramRules } from "./shared/gram-rules.ts";
import { measuredFilter } from "./shared/measured.ts";

/** Drops texts of too many marks, digits, URLs, spaces, repetitions, unfinished lines or strange words. */
export default measuredFilter({
  name: "curator-english",
  limits: () => ({
    maxNonAlphanumeric: 0.25,
    maxSymbolWords: 0.1,
    maxDigits: 0.15,
    maxUrls: 0.2,
    maxSpaces: 0.25,
    maxParentheses: 0.1,
    maxBoilerplate: 0.4,
    minUniqueLines: 0.7,
    minUniqueParagraphs: 0.7,
    minUniqueLineChars: 0.8,
    minUniqueParagraphChars: 0.8,
    minWords: 50,
    maxWords: 100_000,
    maxUnfinishedLines: 0.85,
    minAlphaWords: 0.8,
    minCommonWords: 2,
    minWordLength: 3,
    maxWordLength: 10,
    maxLongestWord: 1000,
    maxEllipsisLines: 0.3,
    ...gramLimits,
    maxBulletLines: 0.9,
  }),
  measure: ({ text }) => ({
    ...measureCharacters(text),
    ...measureWordMarks(text),
    ...measureLines(text),
    ...measureParagraphs(text),
    ...measureGrams(text),
  }),
  rules: [
    { reason: "too-many-marks", measure: "nonAlphanumeric", max: "maxNonAlphanumeric" },
    { reason: "too-many-symbol-words", measure: "symbolWords", max: "maxSymbolWords" },
    { reason: "too-many-digits", measure: "digits", max: "maxDigits" },
    { reason: "too-many-urls", measure: "urls", max: "maxUrls" },
    { reason: "too-many-spaces", measure: "spaces", max: "maxSpaces" },
    { reason: "too-many-parentheses", measure: "parentheses", max: "maxParentheses" },
    { reason: "boilerplate", measure: "boilerplate", max: "maxBoilerplate" },
    { reason: "repeated-lines", measure: "uniqueLines", min: "minUniqueLines" },
    { reason: "repeated-paragraphs", measure: "uniqueParagraphs", min: "minUniqueParagraphs" },
    { reason: "repeated-line-characters", measure: "uniqueLineChars", min: "minUniqueLineChars" },
    { reason: "repeated-paragraph-characters", measure: "uniqueParagraphChars", min: "minUniqueParagraphChars" },
    { reason: "too-few-words", measure: "words", min: "minWords" },
    { reason: "too-many-words", measure: "words", max: "maxWords" },
    { reason: "too-many-unfinished-lines", measure: "unfinishedLines", max: "maxUnfinishedLines" },
    { reason: "too-few-alphabetic-words", measure: "alphaWords", min: "minAlphaWords" },
    { reason: "too-few-common-words", measure: "commonWords", min: "minCommonWords" },
    { reason: "words-too-short", measure: "wordLength", min: "minWordLength" },
    { reason: "words-too-long", measure: "wordLength", max: "maxWordLength" },
    { reason: "word-too-long", measure: "longestWord", max: "maxLongestWord" },
    { reason: "too-many-ellipsis-lines", measure: "ellipsisLines", max: "maxEllipsisLines" },
    ...gramRules,
    { reason: "too-many-bullet-lines", measure: "bulletLines", max: "maxBulletLines" },
  ],
});
