/** Queries in other words: what is taken of a model's text, and that its hits can do little harm. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { rewritesOf, withRewrites } from "../../src/search/expand.ts";
import { alone, fuse } from "../../src/search/fusion.ts";

describe("rewrites in a model's text", () => {
  test.each([
    [
      "lines without their marks",
      '1. How to revert?\n- "Take back a commit"\n* Undo it',
      ["How to revert?", "Take back a commit", "Undo it"],
    ],
    ["none twice, and not the query itself", "undo COMMIT!\nrevert\nRevert.\nroll back", ["revert", "roll back"]],
    ["three at most", "aaa\nbbb\nccc\nddd", ["aaa", "bbb", "ccc"]],
    ["only what has words", "???\n12\n[ 52 78 70 57ck\n\nab\nreal words", ["real words"]],
    ["nothing of what it thought", "<think>First idea\nsecond</think>\nrevert it", ["revert it"]],
    ["nothing where it never stopped thinking", "<think>First idea\nsecond", []],
    ["no control characters", "re\u001b[31mvert\u202e it", ["re [31mvert it"]],
    ["nothing of an empty text", "", []],
  ])("%s", (_, written, rewrites) => {
    expect(rewritesOf(written, "Undo commit")).toEqual(rewrites);
  });

  test("are cut at a word", () => {
    const [rewrite] = rewritesOf("word ".repeat(100), "query");
    expect(rewrite).toBe("word ".repeat(40).trim());
  });
});

const score = fc.double({ min: 0, max: 1, noNaN: true });
const ranking = (max: number) =>
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 30 }), score), { selector: ([id]) => id, maxLength: 20 })
    .map((rows) => rows.map(([id, score]) => ({ id: `d${id}`, score: score * max })).sort((a, b) => b.score - a.score));
const fused = fc
  .tuple(ranking(1), ranking(30))
  .map(([vector, text]) => fuse({ vector, text }, { kind: "convex", alpha: 0.5 }));
const others = fc.array(fused, { minLength: 1, maxLength: 3 });

describe("hits of rewrites", () => {
  test("never turn round two passages whose own scores differ by a third", () => {
    fc.assert(
      fc.property(fused, others, (own, rewrites) => {
        const all = withRewrites(
          own,
          rewrites.map((rows, i) => ({ query: `q${i}`, rows })),
          "hybrid",
        );
        const place = new Map(all.map(({ id }, i) => [id, i]));
        for (const a of own) {
          for (const b of own) if (a.score - b.score > 0.3334) expect(place.get(a.id)!).toBeLessThan(place.get(b.id)!);
        }
        for (const row of all.filter(({ id }) => !own.some((each) => each.id === id)))
          expect(row.score).toBeLessThanOrEqual(0.25);
      }),
      { numRuns: 100 },
    );
  });

  test("keep every row once, best first, scores 0–1 that are the sum of their parts", () => {
    fc.assert(
      fc.property(fused, others, (own, rewrites) => {
        const all = withRewrites(
          own,
          rewrites.map((rows, i) => ({ query: `q${i}`, rows })),
          "hybrid",
        );
        const ids = new Set([...own, ...rewrites.flat()].map(({ id }) => id));
        expect(all.map(({ id }) => id).sort()).toEqual([...ids].sort());
        for (const [i, { score, contributions }] of all.entries()) {
          const { vector = 0, text = 0, rewrites = 0 } = contributions;
          expect(vector + text + rewrites).toBeCloseTo(score, 12);
          expect(score).toBeLessThanOrEqual(1);
          if (i > 0) expect(score).toBeLessThanOrEqual(all[i - 1]!.score);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("change nothing where there are none", () => {
    const own = alone("text", [
      { id: "a", score: 12 },
      { id: "b", score: 3 },
    ]);
    expect(withRewrites(own, [], "text")).toEqual(own);
  });

  test("bring BM25 and cosines to one scale", () => {
    const text = withRewrites(alone("text", [{ id: "a", score: 5 }]), [{ query: "q", rows: [] }], "text");
    expect(text[0]).toMatchObject({
      score: 0.375,
      contributions: { text: 0.375 },
      legs: { text: { rank: 1, score: 5 } },
    });
    const rows = alone("vector", [
      { id: "b", score: 0.4 },
      { id: "a", score: -0.5 },
    ]);
    const vector = withRewrites(alone("vector", [{ id: "a", score: 0.8 }]), [{ query: "q", rows }], "vector");
    expect(vector.map(({ id, score }) => [id, Number(score.toFixed(6))])).toEqual([
      ["a", 0.6],
      ["b", 0.1],
    ]);
    expect(vector.map(({ rewritten }) => rewritten)).toEqual([[{ query: "q", rank: 2 }], [{ query: "q", rank: 1 }]]);
  });
});
