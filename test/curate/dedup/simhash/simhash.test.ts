/** Goal: SimHash counts bits as defined, and its index misses no pair that differs in few of them. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { differingBits, masksFor, simhash } from "../../../../src/curate/dedup/simhash/simhash.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

test("each of the low 32 bits is what more than half of the hashes have", () => {
  fc.assert(
    fc.property(fc.array(u32, { minLength: 1, maxLength: 600 }), (values) => {
      const out = new Uint32Array(2);
      simhash(Uint32Array.from(values), values.length, out, 0);
      for (let bit = 0; bit < 32; bit++) {
        const ones = values.filter((value) => (value >>> bit) & 1).length;
        expect((out[1]! >>> bit) & 1).toBe(ones * 2 > values.length ? 1 : 0);
      }
    }),
    { numRuns: 50 },
  );
});

test("bits that differ are counted", () => {
  fc.assert(
    fc.property(u32, u32, (a, b) => {
      expect(differingBits(a, b)).toBe([...((a ^ b) >>> 0).toString(2)].filter((bit) => bit === "1").length);
    }),
  );
});

describe.each([0, 1, 3, 5, 8])("the index for a distance of %i", (distance) => {
  const masks = masksFor(distance);

  test("has a table for every choice of three blocks", () => {
    const blocks = distance + 3;
    expect(masks).toHaveLength((blocks * (blocks - 1) * (blocks - 2)) / 6);
  });

  test("has a table in which any two hashes at that distance are equal", () => {
    const bits = fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { minLength: distance, maxLength: distance });
    fc.assert(
      fc.property(bits, (flipped) => {
        const high = flipped.filter((bit) => bit >= 32).reduce((sum, bit) => sum | (1 << (bit - 32)), 0);
        const low = flipped.filter((bit) => bit < 32).reduce((sum, bit) => sum | (1 << bit), 0);
        expect(masks.some((mask) => (mask.high & high) === 0 && (mask.low & low) === 0)).toBe(true);
      }),
    );
  });
});
