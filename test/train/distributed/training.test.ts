/** Goal: processes that share a batch weigh, drop and go on as one run does, or as mlx-lm's processes do. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import { type Logits, nextToken, type Objective } from "../../../src/train/objective.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import { gapOf, type Outcome, trainedAlone, trainedBy } from "./shared-runs.ts";

await tinyModel("llama");

/** A rate at which rounding does not grow over six steps. */
const settings = { optimizer: "sgd", learningRate: 0.02 } as const;
const mlxLm = { ...settings, compat: "mlx-lm" } as const;

/** The mean of the means of `parts` equal parts of a batch, whose numbers of tokens differ. */
const meanOfMeans =
  (parts: number) =>
  (logits: Logits): Objective => {
    const plain = nextToken(logits);
    return {
      ...plain,
      loss: (params, arrays, runLayer) => {
        const rows = arrays[0]!.shape[0]! / parts;
        const means = Array.from({ length: parts }, (_, part) => {
          const own = arrays.map((array) => mx.slice(array, [[part * rows, (part + 1) * rows]]));
          return plain.loss(params, own, runLayer);
        });
        return mx.mean(mx.stack(means));
      },
    };
  };

describe("each token weighs the same:", () => {
  const runs = [{ settings }, { settings: { ...settings, gradAccumulationSteps: 2, maxGradNorm: 0.1 } }];

  test.each([2, 4])("%i processes have the losses and files of one, also with accumulated batches", async (world) => {
    const together = await trainedBy(world, runs);
    for (const [i, run] of runs.entries()) {
      const alone = await trainedAlone(run);
      expect(gapOf(together[i]!, alone)).toBeLessThan(1e-5);
      expect(together[i]!.files).toEqual(alone.files);
    }
  });

  test("and the losses would be others if each process weighed the same", async () => {
    const [apart, whole] = [
      await trainedAlone({ settings }, { objective: meanOfMeans(2) }),
      await trainedAlone({ settings }),
    ];
    expect(gapOf(apart, whole)).toBeGreaterThan(1e-3);
  });
});

test("in mlx-lm's mode two processes train on the mean of their means", async () => {
  const [together] = await trainedBy(2, [{ settings: mlxLm }]);
  const alone = await trainedAlone({ settings: mlxLm }, { objective: meanOfMeans(2) });
  const trains = ({ losses, ...rest }: Outcome) => ({
    ...rest,
    losses: losses.filter(({ kind }) => kind === "train"),
  });
  expect(gapOf(trains(together!), trains(alone))).toBeLessThan(1e-5);
});

describe("with dropout", () => {
  const lossesOf = async (run: Record<string, unknown>) => {
    const losses: number[][] = [[], []];
    await trainedBy(2, [{ settings: { ...settings, ...run }, sameRows: true }], (rank, loss) =>
      losses[rank]!.push(loss),
    );
    return losses as [number[], number[]];
  };

  test("two processes drop different numbers of the same rows", async () => {
    const [first, second] = await lossesOf({ loraDropout: 0.5 });
    expect(first).toHaveLength(6);
    // Fresh pairs add nothing, so dropping is first seen in the second step.
    for (let step = 1; step < 6; step++) expect(first[step]).not.toBe(second[step]);
  });

  test("in mlx-lm's mode they drop the same, as its processes do", async () => {
    const [first, second] = await lossesOf({ loraDropout: 0.5, compat: "mlx-lm" });
    expect(first).toEqual(second);
  });

  test("an interrupted run of two processes ends in the bits of one that was not", async () => {
    const run = { ...settings, loraDropout: 0.5 };
    const [whole, resumed] = await trainedBy(2, [
      { settings: run },
      { settings: { ...run, iters: 4 } },
      { settings: run, resume: true },
    ]);
    expect(resumed!.arrays).toEqual(whole!.arrays);
  });
});
