/**
 * Filter `c4-quality@tfds`: `clean_page` of tensorflow_datasets/text/c4_utils.py, which made C4. Sentences are counted by
 * the rules of spaCy's sentencizer; the reference has a trained splitter (NLTK's Punkt).
 */
import { c4Filter } from "./shared/c4.ts";

/** Keeps lines of at least 5 words that end in a mark, and texts of at least 3 sentences in such lines. */
export default c4Filter({
  name: "c4-quality@tfds",
  minWordsPerLine: 5,
  minSentences: 3,
  requireEndMark: 1,
  endMarks: '.?!"',
  countsWithoutCitations: true,
});
