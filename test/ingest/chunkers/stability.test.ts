/** Goal: an edit changes the chunks beside it and no others, so that little is embedded again. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import text from "../../../src/ingest/chunkers/text.ts";
import { numbers } from "../../support/corpus.ts";
import { documentOf } from "../../support/documents.ts";
import { pieces } from "../../support/token-counters.ts";

const vocabulary =
  "river stone barley kettle pump sensor valve night warm gauge report value slow deep copper cloud rain".split(" ");

function sentenceOf(next: (limit: number) => number): string {
  const words = Array.from({ length: 5 + next(20) }, () => vocabulary[next(vocabulary.length)]!);
  return `${words[0]!.charAt(0).toUpperCase()}${words.join(" ").slice(1)}.`;
}

/** Paragraphs of one to seven sentences, of which no two are equal. */
function paragraphsOf(seed: number, count: number): string[][] {
  const next = numbers(seed);
  return Array.from({ length: count }, () => Array.from({ length: 1 + next(7) }, () => sentenceOf(next)));
}

const join = (paragraphs: string[][]) => paragraphs.map((sentences) => sentences.join(" ")).join("\n\n");
const maxTokens = 200;
const chunksOf = (source: string) => [
  ...text.chunk(documentOf(source), { tokens: pieces, maxTokens, overlapTokens: 30 }),
];

const edit = fc.record({
  seed: fc.nat(),
  paragraph: fc.nat(39),
  sentence: fc.nat(6),
  what: fc.constantFrom(
    "insert a sentence",
    "replace a sentence",
    "delete a sentence",
    "insert a paragraph",
    "delete a paragraph",
  ),
});

describe("edits near the top of 500 paragraphs", () => {
  test("change at most five chunks", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(edit, { minLength: 6, maxLength: 6 }), (seed, edits) => {
        const before = paragraphsOf(seed, 500);
        const known = new Set(chunksOf(join(before)).map((chunk) => chunk.text));
        for (const { seed: own, paragraph, sentence, what } of edits) {
          const after = before.map((sentences) => [...sentences]);
          const fresh = sentenceOf(numbers(own));
          const at = sentence % after[paragraph]!.length;
          if (what === "insert a sentence") after[paragraph]!.splice(at, 0, fresh);
          else if (what === "replace a sentence") after[paragraph]![at] = fresh;
          else if (what === "delete a sentence") after[paragraph]!.splice(at, 1);
          else if (what === "insert a paragraph") after.splice(paragraph, 0, [fresh]);
          else after.splice(paragraph, 1);
          const changed = chunksOf(join(after)).filter((chunk) => !known.has(chunk.text)).length;
          expect(changed).toBeLessThanOrEqual(5);
        }
      }),
      { numRuns: 12, seed: 4 },
    );
  });

  test("leave the chunks well filled: at least 60 % of the limit on average", () => {
    const chunks = chunksOf(join(paragraphsOf(1, 500)));
    const mean = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0) / chunks.length;
    expect(mean / maxTokens).toBeGreaterThan(0.6);
  });
});

test("a text of equal lines is cut like any other", () => {
  const chunks = chunksOf("The same line again.\n".repeat(20_000));
  const mean = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0) / chunks.length;
  expect(mean / maxTokens).toBeGreaterThan(0.6);
});
