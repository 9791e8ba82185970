/** Goal: the blend is what its formula says; rows that the model did not read keep their order behind. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Fused } from "../../src/search/fusion.ts";
import { blend, type Reranked, readText, rerank } from "../../src/search/rerank.ts";

const rows = (count: number): Fused[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `r${String(i).padStart(3, "0")}`,
    score: 1 - i / 1000,
    legs: {},
    contributions: {},
  }));
const ids = (ranked: readonly { id: string }[]) => ranked.map(({ id }) => id);

/** Scores that stand in a table, as a reranker that was asked before would give them. */
function reading(scores: Record<string, number>, scale: "probability" | "logit" = "probability") {
  const asked: { query: string; texts: readonly string[] }[] = [];
  return {
    asked,
    scale,
    score: async (query: string, texts: readonly string[]) => {
      asked.push({ query, texts });
      return Float32Array.from(texts, (text) => scores[text]!);
    },
  };
}
const textsOf = async (read: readonly Fused[]) => read.map(({ id }) => `text of ${id}`);

describe("the blended score", () => {
  test("is (1 − w)·61/(60 + rank) + w·p, and its parts sum up to it", () => {
    const [first, second] = blend(rows(2), [0.25, 0.75], 0.7) as [Reranked, Reranked];
    expect(first).toMatchObject({ id: "r001", reranked: { from: 2, before: 0.999, score: 0.75 } });
    expect(first.score).toBeCloseTo(0.3 * (61 / 62) + 0.7 * 0.75, 12);
    expect(second.score).toBeCloseTo(0.3 + 0.7 * 0.25, 12);
    expect(first.parts.position + first.parts.reranker).toBe(first.score);
  });

  test("keeps the order of the search where the model sees no difference, or counts for nothing", () => {
    const ranked = rows(80);
    expect(ids(blend(ranked, new Array(80).fill(0.001), 0.7))).toEqual(ids(ranked));
    const wild = ranked.map((_, i) => ((i * 37) % 10) / 10);
    expect(ids(blend(ranked, wild, 0))).toEqual(ids(ranked));
  });

  test("is the order of the model where it counts alone", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (scores) => {
        const order = blend(rows(scores.length), scores, 1).map(({ reranked }) => reranked.score!);
        expect(order).toEqual([...scores].sort((a, b) => b - a));
      }),
    );
  });
});

describe("reranking", () => {
  test("reads the first rows only; those behind count as 0 and keep their order", async () => {
    const reranker = reading({ "text of r000": 0.1, "text of r001": 0.2, "text of r002": 0.9 });
    const ranked = await rerank(rows(5), textsOf, { reranker, query: "q", top: 3, weight: 0.7 });
    expect(reranker.asked).toEqual([{ query: "q", texts: ["text of r000", "text of r001", "text of r002"] }]);
    expect(ids(ranked)).toEqual(["r002", "r001", "r000", "r003", "r004"]);
    expect(ranked[3]!.reranked).toEqual({ from: 4, before: 0.997 });
    expect(ranked[3]!.parts.reranker).toBe(0);
  });

  test("turns logits into probabilities", async () => {
    const reranker = reading({ "text of r000": -8, "text of r001": 0 }, "logit");
    const [first, second] = await rerank(rows(2), textsOf, { reranker, query: "q", top: 50, weight: 0.5 });
    expect(first).toMatchObject({ id: "r001", reranked: { score: 0.5 } });
    expect(second!.reranked.score).toBeCloseTo(1 / (1 + Math.exp(8)), 6);
  });

  test("of nothing asks nothing", async () => {
    const reranker = reading({});
    expect(await rerank([], textsOf, { reranker, query: "q", top: 50, weight: 0.7 })).toEqual([]);
    expect(reranker.asked).toEqual([]);
  });
});

describe("what the model reads", () => {
  test.each([
    [["Pumps", "Valves"], "## Valves\n\nTurn it.\n", "Pumps\n\n## Valves\n\nTurn it."],
    [["Pumps", "Valves"], "Turn it.", "Pumps > Valves\n\nTurn it."],
    [[], " Turn it.\n", "Turn it."],
  ])("has the headings %j once", (headings, text, expected) => {
    expect(readText({ headings, text })).toBe(expected);
  });
});
