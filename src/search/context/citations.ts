/** Sources that an answer cites by their numbers: `[1]`, `[1, 3]`, `[2-4]`. */

const CITATION = /\[\s*(\d{1,4}(?:\s*(?:[,;&–-]|and)\s*\d{1,4})*)\s*\]/g;
/** Code, in which brackets are indices. */
const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
/** Sources that one range may mean. */
const MOST_IN_RANGE = 50;

/** The numbers, each once, in the order of the text. */
export function citedNumbers(answer: string): number[] {
  const numbers = new Set<number>();
  for (const [, inside = ""] of answer.replace(CODE, " ").matchAll(CITATION)) {
    for (const part of inside.split(/\s*(?:[,;&]|and)\s*/)) {
      const [first = 0, last = first] = part.split(/\s*[–-]\s*/).map(Number);
      const end = last < first || last - first > MOST_IN_RANGE ? first : last;
      for (let number = first; number <= end; number++) numbers.add(number);
    }
  }
  return [...numbers];
}
