/** Goal: the benchmark of the loader counts what it read, in both orders. */
import { expect, test } from "bun:test";
import { benchLoader } from "../../src/pipelines/loader.ts";
import { packedSet } from "../shard/loader/shards.ts";

test("loader bench reads an epoch in order and shuffled, and counts batches, samples and bytes", async () => {
  const path = await packedSet([20, 13], 16, { wide: true });
  const report = await benchLoader({ path, options: { batchSize: 8 }, seconds: 60 });
  expect(report.samplesPerEpoch).toBe(33);
  for (const pass of report.passes) {
    expect(pass).toMatchObject({ batches: 5, samples: 33, tokens: 33 * 16 });
    expect(pass.bytesPerSecond / pass.tokensPerSecond).toBeCloseTo(4, 6);
    expect(pass.tokensPerSecond * pass.seconds).toBeCloseTo(33 * 16, 3);
  }
  expect(report.passes.map(({ order }) => order)).toEqual(["in order", "shuffled"]);
});

test("loader bench stops when it is interrupted", async () => {
  const path = await packedSet([4], 16);
  const signal = AbortSignal.abort();
  await expect(benchLoader({ path, options: {}, seconds: 60, signal })).rejects.toThrow("interrupted");
});
