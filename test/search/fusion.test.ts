/** Fusing two rankings, against values computed by hand. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { alone, fuse, type Ranking } from "../../src/search/fusion.ts";

const vector: Ranking = [
  { id: "a", score: 0.9 },
  { id: "b", score: 0.6 },
  { id: "c", score: 0.4 },
];
const text: Ranking = [
  { id: "b", score: 12 },
  { id: "d", score: 7 },
];

const scoresOf = (fused: { id: string; score: number }[]) =>
  Object.fromEntries(fused.map(({ id, score }) => [id, Number(score.toFixed(6))]));

describe("reciprocal rank fusion", () => {
  test("adds 61 / (60 + rank) of each leg by its weight", () => {
    expect(scoresOf(fuse({ vector, text }, { kind: "rrf", alpha: 0.75 }))).toEqual({
      b: Number(((0.75 * 61) / 62 + 0.25).toFixed(6)),
      a: 0.75,
      d: Number(((0.25 * 61) / 62).toFixed(6)),
      c: Number(((0.75 * 61) / 63).toFixed(6)),
    });
  });

  test("with equal weights is the plain one", () => {
    expect(scoresOf(fuse({ vector, text }, { kind: "rrf", alpha: 0.5 }))).toEqual({
      b: Number((61 / 62 / 2 + 61 / 61 / 2).toFixed(6)),
      a: 0.5,
      d: Number((61 / 62 / 2).toFixed(6)),
      c: Number((61 / 63 / 2).toFixed(6)),
    });
  });

  test("gives 1 to a row that leads both legs", () => {
    expect(fuse({ vector, text: [{ id: "a", score: 1 }] }, { kind: "rrf", alpha: 0.3 })[0]).toMatchObject({
      id: "a",
      score: 1,
    });
  });
});

describe("convex fusion", () => {
  test("weighs cosines, stretched to 0–1 over the candidates, and BM25 on a scale where 5 is a half", () => {
    expect(scoresOf(fuse({ vector, text }, { kind: "convex", alpha: 0.7 }))).toEqual({
      a: 0.7,
      b: Number((0.7 * 0.4 + (0.3 * 12) / 17).toFixed(6)),
      d: Number(((0.3 * 7) / 12).toFixed(6)),
      c: 0,
    });
  });

  test("weighs what a row of the text leg says beside the word that found it, where that is known", () => {
    const known = [
      { id: "b", score: 12, coverage: 1, evidence: 12 },
      { id: "d", score: 7, coverage: 0.5, evidence: 5 },
    ];
    const fused = fuse({ vector: [], text: known }, { kind: "convex", alpha: 0.7 });
    expect(scoresOf(fused)).toEqual({ b: Number(((0.3 * 12) / 17).toFixed(6)), d: 0.15 });
    expect(fused[1]!.legs).toEqual({ text: { rank: 2, score: 7, coverage: 0.5, evidence: 5 } });
  });

  /** Cosines that fall by 0.03 with each doubling of the rank. */
  const falling = (rows: number): Ranking =>
    Array.from({ length: rows }, (_, i) => ({ id: `v${i + 1}`, score: 0.6 - 0.03 * Math.log2(i + 1) }));

  test("ends the scale of many cosines at the thousandth, however many there are", () => {
    const worth = (rank: number) => 1 - Math.log2(rank) / Math.log2(1000);
    for (const rows of [200, 400, 1500]) {
      const fused = fuse({ vector: falling(rows), text: [] }, { kind: "convex", alpha: 0.5 });
      for (const rank of [1, 2, 50, 200]) expect(fused[rank - 1]!.score).toBeCloseTo(worth(rank) / 2, 12);
      expect(fused.at(-1)!.score).toBeCloseTo(Math.max(0, worth(rows)) / 2, 12);
    }
  });

  test("ends it at 0 where the cosines fall fast, and at the last one where they fall below", () => {
    const shifted = (by: number): Ranking => falling(200).map(({ id, score }) => ({ id, score: score + by }));
    const last = 0.03 * Math.log2(200);
    const scoreOf = (vector: Ranking, rank: number) =>
      fuse({ vector, text: [] }, { kind: "convex", alpha: 1 })[rank - 1]!.score;
    // From 0.3 at the first to 0.07 at the last, which would come to 0.001 at the thousandth, and from 0.25 to below 0.
    expect(scoreOf(shifted(-0.31), 200)).toBeCloseTo((0.29 - last) / 0.29, 12);
    expect(scoreOf(shifted(-0.4), 200)).toBe(0);
    expect(scoreOf(shifted(-0.4), 1)).toBe(1);
  });

  test("lets a strong match of words alone lead many by meaning, and a weak one none", () => {
    const near = Array.from({ length: 50 }, (_, i) => ({ id: `v${i}`, score: 0.5 - i / 200 }));
    const rankOf = (score: number) => {
      const fused = fuse({ vector: near, text: [{ id: "t", score }] }, { kind: "convex", alpha: 0.5 });
      return fused.findIndex(({ id }) => id === "t");
    };
    expect(rankOf(30)).toBeLessThan(15);
    expect(rankOf(1)).toBeGreaterThan(40);
  });

  test("takes a vector leg whose scores are all equal as 1", () => {
    const same = [
      { id: "x", score: 0.3 },
      { id: "y", score: 0.3 },
    ];
    expect(scoresOf(fuse({ vector: same, text: [] }, { kind: "convex", alpha: 0.25 }))).toEqual({ x: 0.25, y: 0.25 });
  });
});

describe("any fusion", () => {
  const ranking = (min: number, max: number) =>
    fc
      .uniqueArray(
        fc.record({ id: fc.string({ minLength: 1, maxLength: 2 }), score: fc.double({ min, max, noNaN: true }) }),
        { selector: ({ id }) => id, maxLength: 20 },
      )
      .map((rows) => rows.sort((a, b) => b.score - a.score));
  const fusion = fc.record({
    kind: fc.constantFrom("rrf" as const, "convex" as const),
    alpha: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  test("holds every row of both legs once, scores 0–1, best first, ties by id, contributions that sum up", () => {
    fc.assert(
      fc.property(ranking(-1, 1), ranking(0, 50), fusion, (vector, text, kind) => {
        const fused = fuse({ vector, text }, kind);
        expect(fused.map(({ id }) => id).sort()).toEqual([...new Set([...vector, ...text].map(({ id }) => id))].sort());
        for (const [index, { id, score, contributions, legs }] of fused.entries()) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1 + 1e-12);
          expect((contributions.vector ?? 0) + (contributions.text ?? 0)).toBeCloseTo(score, 12);
          if (legs.vector) expect(vector[legs.vector.rank - 1]).toEqual({ id, score: legs.vector.score });
          if (legs.text) expect(text[legs.text.rank - 1]).toEqual({ id, score: legs.text.score });
          const before = fused[index - 1];
          if (before) expect(before.score > score || (before.score === score && before.id < id)).toBe(true);
        }
      }),
    );
  });
});

test("a single leg keeps its own scores", () => {
  expect(alone("text", text)[1]).toEqual({
    id: "d",
    score: 7,
    legs: { text: { rank: 2, score: 7 } },
    contributions: { text: 7 },
  });
});
