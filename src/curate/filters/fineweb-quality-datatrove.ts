/** Filter `fineweb-quality@datatrove`: FineWebQualityFilter of datatrove 0.10.1. */
import { classes, classOf, terminal } from "../shared/text/characters.ts";
import { linesOf } from "../shared/text/lines.ts";
import { wordsOf } from "../shared/text/words.ts";
import { measuredFilter } from "./shared/measured.ts";

/** Drops texts whose lines do not end in punctuation, are short, repeat each other or are mostly a list. */
export default measuredFilter({
  name: "fineweb-quality@datatrove",
  limits: () => ({
    minLines: 1,
    minPunctuatedLines: 0.12,
    maxShortLines: 0.67,
    shortLineChars: 30,
    maxDuplicateLineChars: 0.01,
    maxNewlines: 0.3,
  }),
  measure: ({ text }, { shortLineChars }) => measure(text, shortLineChars),
  rules: [
    { reason: "empty", measure: "lines", min: "minLines" },
    { reason: "too-few-punctuated-lines", measure: "punctuatedLines", min: "minPunctuatedLines" },
    { reason: "too-many-short-lines", measure: "shortLines", max: "maxShortLines" },
    { reason: "duplicate-line-characters", measure: "duplicateLineChars", max: "maxDuplicateLineChars" },
    { reason: "too-many-newlines", measure: "newlines", max: "maxNewlines" },
  ],
});

function measure(text: string, shortLineChars: number) {
  const lines = linesOf(text);
  let inked = 0;
  let punctuated = 0;
  let short = 0;
  let characters = 0;
  let duplicates = 0;
  for (let line = 0; line < lines.count; line++) {
    const points = lines.points[line]!;
    characters += points;
    if (lines.inkStarts[line] === lines.inkEnds[line]) continue;
    inked++;
    if (points <= shortLineChars) short++;
    if (lines.firstEqual[line] !== line) duplicates += points;
    if ((classBefore(text, lines.ends[line]!) & terminal) !== 0) punctuated++;
  }
  const all = Math.max(inked, 1);
  return {
    lines: inked,
    punctuatedLines: punctuated / all,
    shortLines: short / all,
    duplicateLineChars: duplicates / Math.max(characters, 1),
    newlines: (lines.count - 1) / Math.max(wordsOf(text).count, 1),
  };
}

/** Classes of the code point that ends before `at`. */
function classBefore(text: string, at: number): number {
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit < 0xe000 ? classOf(text.codePointAt(at - 2)!) : classes[unit]!;
}
