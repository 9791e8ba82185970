/** Goal: documents go for others that mean the same, and for no others. */
import { describe, expect, test } from "bun:test";
import { type RemovedDocument, semanticDuplicates } from "../../../../src/curate/dedup/dedup.ts";
import { hasBit } from "../../../../src/curate/dedup/files/bits.ts";
import { numbers } from "../../../support/corpus.ts";

const DIMENSION = 24;

function unit(values: number[]): number[] {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/** Random directions; every fifth document leans a little off an earlier one, at a cosine of about 0.99. */
function planted(documents: number): { vectors: Float32Array; sources: Map<number, number> } {
  const next = numbers(5);
  const random = () => Array.from({ length: DIMENSION }, () => next(2_000_001) / 1_000_000 - 1);
  const rows: number[][] = [];
  const sources = new Map<number, number>();
  for (let i = 0; i < documents; i++) {
    if (i % 5 === 4) {
      const source = next(Math.ceil(i / 5)) * 5;
      sources.set(i, source);
      const noise = unit(random());
      rows.push(unit(rows[source]!.map((value, d) => value + 0.14 * noise[d]!)));
    } else rows.push(unit(random()));
  }
  return { vectors: Float32Array.from(rows.flat()), sources };
}

async function all(removals: AsyncIterable<RemovedDocument>): Promise<RemovedDocument[]> {
  return Array.fromAsync(removals);
}

function cosine(vectors: Float32Array, a: number, b: number): number {
  let sum = 0;
  for (let d = 0; d < DIMENSION; d++) sum += vectors[a * DIMENSION + d]! * vectors[b * DIMENSION + d]!;
  return sum;
}

describe("semantic", () => {
  const { vectors, sources } = planted(1_500);

  test("with one cluster it removes just what comparing all with all does", async () => {
    const found = semanticDuplicates(vectors, DIMENSION, { threshold: 0.95, clusters: 1 });
    const kept: number[] = [];
    const expected: [number, number][] = [];
    for (let doc = 0; doc < 1_500; doc++) {
      const close = kept.map((partner) => ({ partner, score: cosine(vectors, doc, partner) }));
      const best = close.reduce((a, b) => (b.score > a.score ? b : a), { partner: -1, score: -1 });
      if (best.score >= 0.95) expected.push([doc, best.partner]);
      else kept.push(doc);
    }
    expect(expected.length).toBeGreaterThan(200);
    expect((await all(found.removals())).map(({ doc, partner }) => [doc, partner])).toEqual(expected);
  });

  test("with many clusters it finds at least 95 of 100 planted copies, each for one that stays, with its exact cosine", async () => {
    const found = semanticDuplicates(vectors, DIMENSION, { threshold: 0.95, seed: 3 });
    const removals = await all(found.removals());
    for (const { doc, partner, score } of removals) {
      expect(score).toBe(cosine(vectors, doc, partner));
      expect(score).toBeGreaterThanOrEqual(0.95);
      expect(hasBit(found.removed, doc)).toBe(true);
      expect(hasBit(found.removed, partner)).toBe(false);
      expect(found.cluster[doc]).toBe(found.cluster[partner]!);
    }
    const gone = new Set(removals.map(({ doc }) => doc));
    const hit = [...sources.keys()].filter((doc) => gone.has(doc)).length;
    expect(hit / sources.size).toBeGreaterThan(0.95);
    expect(found.counts.semantic).toBe(removals.length);
  });

  test("the same seed gives the same, and vectors that are all equal leave one", async () => {
    const once = await all(semanticDuplicates(vectors, DIMENSION, { threshold: 0.95, seed: 9 }).removals());
    expect(await all(semanticDuplicates(vectors, DIMENSION, { threshold: 0.95, seed: 9 }).removals())).toEqual(once);
    const equal = semanticDuplicates(new Float32Array(8).fill(Math.SQRT1_2), 2, { threshold: 0.99, clusters: 3 });
    expect([...equal.cluster]).toEqual([0, 0, 0, 0]);
    expect(equal.clusters).toBe(1);
  });

  test("no documents are no copies", () => {
    const none = semanticDuplicates(new Float32Array(0), 4, { threshold: 0.9 });
    expect(none).toMatchObject({ documents: 0, clusters: 0, counts: { semantic: 0 } });
  });
});
