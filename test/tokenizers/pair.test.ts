/** Goal: two texts become the row of ids and segments that Hugging Face's tokenizers make of them. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { openTokenizer } from "../../src/tokenizers/open.ts";
import { joinPair, PLAIN_PAIR } from "../../src/tokenizers/pair.ts";

const tiny = (kind: string) => openTokenizer(join(import.meta.dir, `../../fixtures/models/tiny-${kind}-reranker`));

async function joined(kind: string, first: string, second: string) {
  const tokenizer = await tiny(kind);
  const ids = (text: string) => tokenizer.encode(text, { specialTokens: false }).ids;
  const pair = joinPair(tokenizer.pair, ids(first), ids(second));
  return { tokens: Array.from(pair.ids, (id) => tokenizer.idToToken(id)), types: [...pair.types] };
}

describe("the template of a pair", () => {
  test.each([
    ["bert", ["[CLS]", "a", "[SEP]", "b", "[SEP]"], [0, 0, 0, 1, 1]],
    ["mpnet", ["<s>", "a", "</s>", "</s>", "b", "</s>"], [0, 0, 0, 0, 0, 0]],
    ["modernbert", ["[CLS]", "a", "[SEP]", "b", "[SEP]"], [0, 0, 0, 1, 1]],
    ["qwen3", ["a", "b"], [0, 0]],
  ])("of %s", async (kind, tokens, types) => {
    expect(await joined(kind, "a", "b")).toEqual({ tokens, types });
  });

  test("of XLM-RoBERTa has two ends between the texts, and one segment", async () => {
    const { tokens, types } = await joined("xlm-roberta", "water", "people");
    expect(tokens.filter((token) => token === "</s>")).toHaveLength(3);
    expect(tokens.join("")).toMatch(/^<s>▁water<\/s><\/s>▁people<\/s>$/);
    expect(new Set(types)).toEqual(new Set([0]));
  });
});

describe("a pair that is too long", () => {
  const cut = (first: number, second: number, limit: number) => {
    const { ids } = joinPair(PLAIN_PAIR, new Uint32Array(first).fill(1), new Uint32Array(second).fill(2), limit);
    return [ids.filter((id) => id === 1).length, ids.filter((id) => id === 2).length];
  };

  test.each([
    // What tokenizers 0.23.2 gives for a limit of 9.
    [3, 6, [3, 6]],
    [3, 20, [3, 6]],
    [4, 6, [4, 5]],
    [5, 5, [4, 5]],
    [6, 4, [5, 4]],
    [6, 6, [4, 5]],
    [8, 6, [5, 4]],
    [20, 3, [6, 3]],
    [20, 8, [5, 4]],
    [0, 20, [0, 9]],
  ])("of %i and %i tokens is cut as Hugging Face's tokenizers cut it", (first, second, expected) => {
    expect(cut(first, second, 9)).toEqual(expected);
  });

  test("fills the limit, keeps the beginnings, and says so", () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.nat(60), (first, second, limit) => {
        const a = Uint32Array.from({ length: first }, (_, i) => i);
        const b = Uint32Array.from({ length: second }, (_, i) => 100 + i);
        const { ids, truncated } = joinPair(PLAIN_PAIR, a, b, limit);
        expect(ids.length).toBe(Math.min(first + second, limit));
        expect(truncated).toBe(first + second > limit);
        const [kept] = cut(first, second, limit) as [number, number];
        expect([...ids]).toEqual([...a.subarray(0, kept), ...b.subarray(0, ids.length - kept)]);
      }),
    );
  });
});
