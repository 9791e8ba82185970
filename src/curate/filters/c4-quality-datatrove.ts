/** Filter `c4-quality@datatrove`: C4QualityFilter of datatrove 0.10.1 with its defaults. */
import { c4Filter } from "./shared/c4.ts";

/** Keeps lines of at least 3 words that end in a mark, and texts of at least 5 sentences in such lines. */
export default c4Filter({
  name: "c4-quality@datatrove",
  minWordsPerLine: 3,
  minSentences: 5,
  requireEndMark: 1,
  endMarks: ".?!\"'",
  countsWithoutCitations: false,
});
