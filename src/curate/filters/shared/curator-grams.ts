/** What NeMo Curator's English heuristics count in n-grams of words between spaces. */
import { codePoints } from "../../shared/text/characters.ts";
import { coveredDuplicates, measureWords, topGram, visitLevels } from "../../shared/text/repetition.ts";
import { stretchesOf } from "../../shared/text/words.ts";

type Scores = Record<`top${2 | 3 | 4}grams` | `duplicate${5 | 6 | 7 | 8 | 9 | 10}grams`, number>;

/** Shares of the text's characters; 1 where it has fewer words than the n-gram. */
export function measureGrams(text: string): Scores {
  const { ids, count, table } = stretchesOf(text);
  const words = measureWords(ids, count, table);
  const scores: Scores = {
    top2grams: 1,
    top3grams: 1,
    top4grams: 1,
    duplicate5grams: 1,
    duplicate6grams: 1,
    duplicate7grams: 1,
    duplicate8grams: 1,
    duplicate9grams: 1,
    duplicate10grams: 1,
  };
  const characters = codePoints(text);
  visitLevels(words, (level) => {
    const { n } = level;
    if (count < n) return;
    if (n > 4) {
      scores[`duplicate${n as 5}grams`] = coveredDuplicates(words, level) / characters;
      return;
    }
    const { at } = topGram(words, level)!;
    const gram = Array.from(ids.subarray(at, at + n), (id) => table.textOf(id)).join(" ");
    scores[`top${n as 2}grams`] = removedCharacters(text, gram) / characters;
  });
  return scores;
}

/** Code points that go when each occurrence of a string is taken out of a text, as Python's `str.replace` does. */
function removedCharacters(text: string, part: string): number {
  let times = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) times++;
  return times * codePoints(part);
}
