/** Filter `c4-quality@fineweb`: C4QualityFilter of datatrove 0.10.1 as FineWeb runs it (examples/fineweb.py). */
import { c4Filter } from "./shared/c4.ts";

/** As `c4-quality@datatrove`, but lines need not end in a mark. */
export default c4Filter({
  name: "c4-quality@fineweb",
  minWordsPerLine: 3,
  minSentences: 5,
  requireEndMark: 0,
  endMarks: ".?!\"'",
  countsWithoutCitations: false,
});
