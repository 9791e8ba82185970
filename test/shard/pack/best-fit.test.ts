/** Goal: best-fit decreasing is what its definition says, for any lengths. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bestFit } from "../../../src/shard/pack/best-fit.ts";
import { bucketOf } from "../../../src/shard/pack/pieces.ts";

const width = fc.integer({ min: 1, max: 5_000 });
const input = width.chain((width) =>
  fc.record({ width: fc.constant(width), lengths: fc.array(fc.integer({ min: 1, max: width }), { maxLength: 300 }) }),
);

/** How much of each row is full, by looking at all rows for each piece. */
function slowFills(lengths: readonly number[], width: number): number[] {
  const fills: number[] = [];
  for (const length of lengths.toSorted((a, b) => b - a)) {
    const fitting = fills.filter((fill) => fill + length <= width);
    const fullest = fitting.length === 0 ? -1 : fills.indexOf(Math.max(...fitting));
    if (fullest === -1) fills.push(length);
    else fills[fullest]! += length;
  }
  return fills.toSorted((a, b) => a - b);
}

function fillsOf(lengths: readonly number[], { rows, rowOf }: { rows: number; rowOf: Uint32Array }): number[] {
  const fills = new Array<number>(rows).fill(0);
  lengths.forEach((length, piece) => {
    fills[rowOf[piece]!]! += length;
  });
  return fills;
}

describe("best fit", () => {
  test("fills rows as a search through all rows does", () => {
    fc.assert(
      fc.property(input, ({ width, lengths }) => {
        const packed = bestFit(Uint32Array.from(lengths), width);
        expect(fillsOf(lengths, packed).toSorted((a, b) => a - b)).toEqual(slowFills(lengths, width));
      }),
      { numRuns: 300 },
    );
  });

  test("overfills no row, leaves none empty, and never two that fit into one", () => {
    fc.assert(
      fc.property(input, ({ width, lengths }) => {
        const fills = fillsOf(lengths, bestFit(Uint32Array.from(lengths), width));
        expect(fills.every((fill) => fill >= 1 && fill <= width)).toBe(true);
        const [least, next] = fills.toSorted((a, b) => a - b);
        if (next !== undefined) expect(least! + next).toBeGreaterThan(width);
      }),
    );
  });

  test("numbers rows by their first piece", () => {
    fc.assert(
      fc.property(input, ({ width, lengths }) => {
        const { rowOf } = bestFit(Uint32Array.from(lengths), width);
        let next = 0;
        for (const row of rowOf) if (row === next) next++;
        expect(Math.max(-1, ...rowOf)).toBe(next - 1);
      }),
    );
  });

  test("packs 5, 4, 3 and two of 2 into two rows of 8", () => {
    expect(bestFit(Uint32Array.of(2, 5, 3, 4, 2), 8)).toEqual({ rows: 2, rowOf: Uint32Array.of(0, 1, 1, 0, 0) });
  });

  test("packs nothing into no rows", () => {
    expect(bestFit(new Uint32Array(0), 8)).toEqual({ rows: 0, rowOf: new Uint32Array(0) });
  });

  test("finds free space at the ends of a wide row", () => {
    const wide = 1 << 20;
    const { rows, rowOf } = bestFit(Uint32Array.of(wide - 1, 1, 1, wide - 32), wide);
    expect([rows, [...rowOf]]).toEqual([2, [0, 0, 1, 1]]);
  });
});

describe("buckets of dynamic rows", () => {
  test("are the least of 32, 48, 64, 96, 128 … that hold a piece, and never wider than a row", () => {
    const widths = [1, 32, 33, 48, 49, 64, 65, 96, 97, 128, 2_000, 2_048].map((length) => bucketOf(length, 2_048));
    expect(widths).toEqual([32, 32, 48, 48, 64, 64, 96, 96, 128, 128, 2_048, 2_048]);
    expect([bucketOf(10, 20), bucketOf(1_100, 1_200)]).toEqual([20, 1_200]);
  });
});
