/** Goal: measures of a ranking are trec_eval's, and what counts as found is what a reader would count. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { difference, estimate } from "../../../src/search/evaluate/bootstrap.ts";
import { byFile, byPassage, type JudgedHit, quotes } from "../../../src/search/evaluate/judge.ts";
import { METRIC_NAMES, measure } from "../../../src/search/evaluate/metrics.ts";
import { python } from "../../support/peers.ts";

describe("measures", () => {
  test("are those of pytrec_eval on 400 random rankings", async () => {
    const ids = Array.from({ length: 150 }, (_, i) => `d${i}`);
    const cases = fc.sample(
      fc.record({
        ranking: fc.shuffledSubarray(ids),
        qrels: fc
          .dictionary(fc.constantFrom(...ids), fc.integer({ min: 0, max: 3 }), { minKeys: 1, maxKeys: 12 })
          .filter((grades) => Object.values(grades).some((grade) => grade > 0)),
      }),
      { numRuns: 400, seed: 7 },
    );
    const lines = await python("test/parity/trec_measures.py", [], JSON.stringify(cases));
    const expected = JSON.parse(lines.join("\n")) as number[][];
    for (const [index, { ranking, qrels }] of cases.entries()) {
      const measured = measure(ranking, new Map(Object.entries(qrels)));
      for (const [column, name] of METRIC_NAMES.entries()) {
        expect(measured[name]).toBeCloseTo(expected[index]![column]!, 12);
      }
    }
  });

  test("give 1 to the ideal ranking, 0 to one without a relevant id, and refuse a question without answers", () => {
    const judgements = new Map([
      ["a", 2],
      ["b", 1],
      ["c", 0],
    ]);
    expect(measure(["a", "b", "c"], judgements)).toEqual({ ndcg10: 1, recall10: 1, recall100: 1, mrr: 1, map: 1 });
    expect(measure(["c", "x"], judgements)).toEqual({ ndcg10: 0, recall10: 0, recall100: 0, mrr: 0, map: 0 });
    expect(() => measure(["a"], new Map([["a", 0]]))).toThrow("at least one relevant answer");
  });
});

describe("intervals", () => {
  test("hold the mean, are equal in every run, and lie at 1.96 standard errors", () => {
    const values = Array.from({ length: 200 }, (_, i) => ((i * 37) % 101) / 100);
    const { mean, low, high } = estimate(values);
    expect(estimate(values)).toEqual({ mean, low, high });
    // Of a mean of 200 values: plus and minus 1.96 standard errors.
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 200);
    expect(low).toBeCloseTo(mean - (1.96 * deviation) / Math.sqrt(200), 2);
    expect(high).toBeCloseTo(mean + (1.96 * deviation) / Math.sqrt(200), 2);
  });

  test("of a difference are narrow where the systems move together", () => {
    const baseline = Array.from({ length: 100 }, (_, i) => (i % 10) / 10);
    const better = baseline.map((value) => value + 0.01);
    const found = difference(better, baseline);
    expect(found.low).toBeCloseTo(0.01, 10);
    expect(found.high).toBeCloseTo(0.01, 10);
    expect(found.worse).toBe(0);
    expect(difference(baseline, better).worse).toBe(1);
  });
});

describe("judging", () => {
  const hit = (id: string, path: string, startLine: number, endLine: number, text = ""): JudgedHit => ({
    id,
    uri: path,
    path,
    startLine,
    endLine,
    text,
  });

  test("by passage counts an answer once, at the first hit that shares a line with it", () => {
    const hits = [hit("1", "a.md", 1, 4), hit("2", "b.md", 5, 9), hit("3", "a.md", 8, 12), hit("4", "a.md", 10, 14)];
    const { ranking, judgements } = byPassage(hits, [{ path: "a.md", lines: [10, 11], grade: 2 }]);
    expect(ranking).toEqual(["hit 1", "hit 2", "answer 0"]);
    expect(judgements).toEqual(new Map([["answer 0", 2]]));
  });

  test("by file counts every file once, at its first hit, with its best grade", () => {
    const hits = [hit("1", "b.md", 1, 4), hit("2", "a.md", 5, 9), hit("3", "b.md", 8, 12)];
    const answers = [
      { path: "a.md", lines: [1, 2] as [number, number], grade: 1 },
      { path: "a.md", grade: 3 },
    ];
    const { ranking, judgements } = byFile(hits, answers);
    expect(ranking).toEqual(["b.md", "a.md"]);
    expect(judgements).toEqual(new Map([["a.md", 3]]));
  });

  test("by row takes the id in the uri", () => {
    const rows = ["x", "4 2"].map((id) => ({
      ...hit(id, "c.jsonl", 1, 1),
      uri: `c.jsonl#id=${encodeURIComponent(id)}`,
    }));
    const answers = [{ path: "", row: "4 2", grade: 1 }];
    expect(byFile(rows, answers).ranking).toEqual(["x", "4 2"]);
    expect(byPassage(rows, answers).ranking).toEqual(["hit x", "answer 0"]);
  });

  test("by quotation looks at words only, and takes either half of a long one", () => {
    const quote = "the quick brown fox jumps over the lazy dog";
    expect(quotes("so **The quick** `brown`\nfox jumps", quote)).toBe(true);
    expect(quotes("and over the lazy dog.", quote)).toBe(true);
    expect(quotes("over the lazy dogs", quote)).toBe(false);
    expect(quotes("def shuffle(self)", "def shuffle")).toBe(true);
    expect(quotes("def shuffled(self)", "def shuffle")).toBe(false);
  });
});
