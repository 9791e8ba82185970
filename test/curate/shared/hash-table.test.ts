/** Goal: a table of hashes answers as a Map does, also for hashes that meet in one slot. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { HashTable } from "../../../src/curate/shared/hash-table.ts";

/** Few different halves, so that slots and bits are shared. */
const half = fc.oneof(fc.constantFrom(0, 1, -1, 4096, 8192, 0x7fffffff), fc.integer());

test("adds, replaces and finds what a Map does", () => {
  const action = fc.record({ low: half, high: half, value: fc.nat(1000), replace: fc.boolean() });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const table = new HashTable();
      const map = new Map<string, number>();
      for (const { low, high, value, replace } of actions) {
        const key = `${low},${high}`;
        const known = map.get(key) ?? -1;
        expect(table.get(low, high)).toBe(known);
        if (replace) expect(table.replace(low, high, value)).toBe(known);
        else table.add(low, high, value);
        if (replace || known === -1) map.set(key, value);
        expect(table.get(low, high)).toBe(map.get(key)!);
        expect(table.size).toBe(map.size);
      }
    }),
  );
});

test("keeps 100,000 hashes while it grows", () => {
  const table = new HashTable();
  const hashOf = (i: number) => [Math.imul(i, 0x9e3779b1), Math.imul(i + 7, 0x85ebca6b)] as const;
  for (let i = 0; i < 100_000; i++) table.add(...hashOf(i), i);
  expect(table.size).toBe(100_000);
  for (let i = 0; i < 100_000; i++) if (table.get(...hashOf(i)) !== i) throw new Error(`hash ${i} is lost`);
  for (let i = 100_000; i < 200_000; i++) if (table.get(...hashOf(i)) !== -1) throw new Error(`hash ${i} is not there`);
});
