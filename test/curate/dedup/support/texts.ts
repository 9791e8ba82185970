/** Generated texts whose similarity is known. */
import { numbers } from "../../../support/corpus.ts";

/** Words that no other call with another name makes, `count` of them. */
export function wordsOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}w${i}`);
}

/** Two texts of `words` different words each, whose sets of 5-grams share `shared` of `words - 4` members each. */
export function pairSharing(name: string, words: number, shared: number): [string, string] {
  const same = wordsOf(`${name}s`, shared + 4);
  const text = (side: string) => [...same, ...wordsOf(`${name}${side}`, words - same.length)].join(" ");
  return [text("a"), text("b")];
}

/**
 * A corpus with all kinds of repetition: equal texts, equal but for case and punctuation, edited ones, shared
 * sentences and shared runs of words. The same numbers give the same corpus.
 */
export function messyCorpus(documents: number, seed = 1): string[] {
  const next = numbers(seed);
  const sentence = () => `${wordsOf(`v${next(200)}`, 6 + next(8)).join(" ")}.`;
  const texts: string[] = [];
  const shared = Array.from({ length: 20 }, () => Array.from({ length: 4 }, sentence).join(" "));
  for (let i = 0; i < documents; i++) {
    const kind = next(10);
    const earlier = texts[next(Math.max(1, texts.length))] ?? "";
    if (kind < 1) texts.push(earlier);
    else if (kind < 2) texts.push(earlier.toUpperCase().replaceAll(".", " ! "));
    else if (kind < 4) texts.push(`${earlier} ${sentence()}`);
    else if (kind < 5) texts.push("");
    else {
      const own = Array.from({ length: 5 + next(20) }, sentence);
      if (kind > 6) own.splice(next(own.length), 0, shared[next(shared.length)]!);
      texts.push(own.join(" "));
    }
  }
  return texts;
}
