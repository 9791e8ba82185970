/** Goal: every operation gives what NumPy and Python MLX give, on awkward shapes, layouts and types. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fastKernels from "../../src/mlx/fast.ts";
import * as ops from "../../src/mlx/ops.ts";
import * as draws from "../../src/mlx/random.ts";
import { elementwise } from "./parity/elementwise.cases.ts";
import { fast } from "./parity/fast.cases.ts";
import { indexing } from "./parity/indexing.cases.ts";
import { linalg } from "./parity/linalg.cases.ts";
import { random } from "./parity/random.cases.ts";
import { reduce } from "./parity/reduce.cases.ts";
import { differences } from "./parity/run.ts";
import { shape } from "./parity/shape.cases.ts";

const tables = { elementwise, reduce, shape, indexing, linalg, fast, random };

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

describe("the tables", () => {
  test("have a case for every operation", () => {
    const folder = join(import.meta.dir, "parity");
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith(".cases.ts"))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\n");
    const used = new Set([...texts.matchAll(/\bmx\.([\w.]+)/g)].map(([, name]) => name));
    const names = [
      ...Object.keys(ops),
      ...Object.keys(fastKernels).map((name) => `fast.${name}`),
      ...Object.keys(draws).map((name) => `random.${name}`),
    ];
    // Python MLX has no random.bits; test/mlx/random.test.ts covers it.
    expect(names.filter((name) => !used.has(name) && name !== "random.bits")).toEqual([]);
  });

  test("find an operation that is wrong", async () => {
    const [one] = elementwise.filter(({ name }) => name === "exp");
    const planted = await differences([{ ...one!, run: ops.log }]);
    expect(planted.get("exp")![0]).toContain("NumPy has");
  });
});
