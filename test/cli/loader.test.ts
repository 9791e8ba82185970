/** `mdp loader bench` through the real entry. */
import { describe, expect, test } from "bun:test";
import type { LoaderBenchReport } from "../../src/pipelines/loader.ts";
import { flatSet, packedSet } from "../shard/loader/shards.ts";
import { mdp } from "../support/project.ts";

describe("mdp loader bench", () => {
  test("counts what it read, in order and shuffled", async () => {
    const path = await packedSet([20, 13], 16);
    const { code, stdout } = await mdp(["loader", "bench", path, "--batch-size", "8", "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as LoaderBenchReport;
    expect(report.samplesPerEpoch).toBe(33);
    expect(report.passes.map(({ order, batches, tokens }) => [order, batches, tokens])).toEqual([
      ["in order", 5, 528],
      ["shuffled", 5, 528],
    ]);
  });

  test("draws a table for people, and reads flat shards as windows", async () => {
    const path = await flatSet([[10, 20], [30]]);
    const { code, stdout } = await mdp(["loader", "bench", path, "--seq-len", "16"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/samples +4 in /);
    expect(stdout).toMatch(/in order +[\d.]+ \w+\/s of tokens +[\d,]+ tokens\/s +[\d,]+ batches\/s +4 samples read/);
    expect(stdout).toMatch(/shuffled /);
    expect(stdout).toMatch(/resume +\d+ ms to the first batch/);
  });

  test("names a folder without shards, a wrong number and an unknown split", async () => {
    const path = await packedSet([3], 16);
    const missing = await mdp(["loader", "bench", `${path}/train`]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("there is no shard_index.json");
    expect(missing.stderr).toContain("mdp shard reindex");
    const wrong = await mdp(["loader", "bench", path, "--batch-size", "many"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('--batch-size is "many"; it takes a whole number');
    const split = await mdp(["loader", "bench", path, "--split", "tests"]);
    expect(split.code).toBe(2);
    expect(split.stderr).toContain('there is no split "tests"');
  });
});
