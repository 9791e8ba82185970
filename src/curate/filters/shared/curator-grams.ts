/** What NeMo Curator's English heuristics count in n-grams of words between spaces. */
import { codePoints } from "../../shared/text/characters.ts";
import { coveredDuplicates, measureWords, topGram, visitLevels } from "../../shared/text/repetition.ts";
import { stretchesOf } from "../../shared/text/words.ts";
import { gramMeasure, gramScores } from "./gram-rules.ts";

/** Shares of the text's characters; 1 where it has fewer words than the n-gram. */
export function measureGrams(text: string) {
  const { ids, count, table } = stretchesOf(text);
  const words = measureWords(ids, count, table);
  const scores = gramScores(1);
  const characters = codePoints(text);
  visitLevels(words, (level) => {
    const { n } = level;
    if (count < n) return;
    if (n > 4) {
      scores[gramMeasure(n)] = coveredDuplicates(words, level) / characters;
      return;
    }
    const { at } = topGram(words, level)!;
    const gram = Array.from(ids.subarray(at, at + n), (id) => table.textOf(id)).join(" ");
    scores[gramMeasure(n)] = removedCharacters(text, gram) / characters;
  });
  return scores;
}

/** Code points that go when each occurrence of a string is taken out of a text, as Python's `str.replace` does. */
function removedCharacters(text: string, part: string): number {
  let times = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) times++;
  return times * codePoints(part);
}
