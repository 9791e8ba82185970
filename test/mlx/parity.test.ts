/** Goal: every operation gives what NumPy and Python MLX give, on awkward shapes, layouts and types. */
import { describe, expect, test } from "bun:test";
import { elementwise } from "./parity/elementwise.cases.ts";
import { linalg } from "./parity/linalg.cases.ts";
import { reduce } from "./parity/reduce.cases.ts";
import { differences } from "./parity/run.ts";
import { shape } from "./parity/shape.cases.ts";

const tables = { elementwise, reduce, shape, linalg };

// One Python process for all of them.
const found = await differences(Object.values(tables).flat());

for (const [group, table] of Object.entries(tables)) {
  describe(group, () => {
    for (const name of new Set(table.map((one) => one.name))) {
      test(`${name} equals the references`, () => {
        expect(found.get(name)).toEqual([]);
      });
    }
  });
}
