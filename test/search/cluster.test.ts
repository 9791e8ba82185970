import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Clustered, cluster } from "../../src/search/cluster.ts";

const at = (key: string, degrees: number | null, kind = ""): Clustered => ({
  key,
  kind,
  vector:
    degrees === null
      ? null
      : Float32Array.of(2 * Math.cos((degrees * Math.PI) / 180), 2 * Math.sin((degrees * Math.PI) / 180)),
});
/** cos 20° = 0.9397, cos 30° = 0.866. */
const SIMILARITY = 0.9;

describe("clusters", () => {
  test("are made of equal keys, then of vectors that are near the first", () => {
    const items = [at("a", 0), at("b", 90), at("c", 20), at("a", 0), at("d", 40), at("e", 80)];
    expect(cluster(items, SIMILARITY)).toEqual([[0, 3, 2], [1, 5], [4]]);
  });

  test("join the nearest first one, not the first that is near enough", () => {
    expect(cluster([at("a", 0), at("b", 40), at("c", 22)], SIMILARITY)).toEqual([[0], [1, 2]]);
  });

  test("never join kinds, nor things without a vector", () => {
    expect(
      cluster([at("a", 0, "x"), at("b", 0, "y"), at("c", null), at("d", null), at("c", null)], SIMILARITY),
    ).toEqual([[0], [1], [2, 4], [3]]);
  });

  test("of similarity 1 are equal keys, and equal directions", () => {
    expect(cluster([at("a", 0), at("b", 1), at("a", 0)], 1)).toEqual([[0, 2], [1]]);
  });

  test("hold each thing once, and nothing that is far from its group's first", () => {
    const item = fc.record({
      key: fc.constantFrom("a", "b", "c", "d", "e"),
      degrees: fc.integer({ min: 0, max: 359 }),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 30 }), (drawn) => {
        // Things of one key share a vector, as equal statements do.
        const angle = new Map<string, number>(drawn.map(({ key, degrees }) => [key, degrees]));
        const items = drawn.map(({ key }) => at(key, angle.get(key)!));
        const groups = cluster(items, SIMILARITY);
        expect(groups.flat().sort((a, b) => a - b)).toEqual(items.map((_, i) => i));
        for (const [first, ...rest] of groups) {
          for (const other of rest) {
            const apart = Math.abs(angle.get(items[first!]!.key)! - angle.get(items[other]!.key)!);
            expect(Math.cos((apart * Math.PI) / 180)).toBeGreaterThan(SIMILARITY - 1e-6);
          }
        }
      }),
    );
  });
});
