/** Goal: an evaluation weighs every token the same, stops when asked to, and keeps no inner values. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../src/mlx/index.ts";
import { type LoadedDecoder, openDecoder } from "../../src/models/load-decoder.ts";
import type { TrainBatch } from "../../src/train/data/batch.ts";
import { singleReducer } from "../../src/train/distributed/reducer.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { nextToken } from "../../src/train/objective.ts";
import { expectNoLeaksAsync } from "../support/leaks.ts";
import { tinyModel } from "../support/tiny-models.ts";
import { madeUpBatch } from "../support/train-runs.ts";

const objectiveOf = ({ decoder }: LoadedDecoder) =>
  nextToken((params, input) => decoder.head(params, decoder.forward(params, input)));

async function* listed(batches: readonly TrainBatch[]) {
  yield* batches;
}

const nothing = (batch: TrainBatch): TrainBatch => ({ ...batch, targets: new Uint8Array(batch.targets.length) });

describe("an evaluation", () => {
  test("is the mean over all counted tokens; batches in which none counts change nothing", async () => {
    using model = await openDecoder(await tinyModel("llama"));
    const objective = objectiveOf(model);
    const reducer = singleReducer();
    const batches = [madeUpBatch(1), madeUpBatch(2)];
    const [one, two] = await Promise.all(
      batches.map((batch) => evaluate(model.params, listed([batch]), objective, { reducer })),
    );
    const both = await evaluate(model.params, listed([batches[0]!, nothing(madeUpBatch(3)), batches[1]!]), objective, {
      reducer,
    });
    expect(both!.weight).toBe(one!.weight + two!.weight);
    expect(one!.weight).not.toBe(two!.weight);
    const mean = (one!.loss * one!.weight + two!.loss * two!.weight) / both!.weight;
    expect(both!.loss).toBeCloseTo(mean, 12);
  });

  test("stops between batches, and frees all", async () => {
    using model = await openDecoder(await tinyModel("llama"));
    const controller = new AbortController();
    let done = 0;
    await expectNoLeaksAsync(async () => {
      const result = await evaluate(model.params, listed([1, 2, 3].map((n) => madeUpBatch(n))), objectiveOf(model), {
        reducer: singleReducer(),
        signal: controller.signal,
        onBatch: (count) => {
          done = count;
          if (count === 2) controller.abort();
        },
      });
      expect(result).toBeUndefined();
    });
    expect(done).toBe(2);
  });

  test("needs less memory than all values of the model together", async () => {
    using model = await openDecoder(await tinyModel("llama"));
    const objective = objectiveOf(model);
    const batch = madeUpBatch(1, 4, 257);
    const peakOf = async (work: () => Promise<unknown>) => {
      const before = mx.activeMemory();
      mx.resetPeakMemory();
      await work();
      return mx.peakMemory() - before;
    };
    // Handles that live until the number is read hold every value.
    const everything = await peakOf(async () =>
      mx.tidy(() => objective.loss(model.params, objective.arrays(batch), undefined).item()),
    );
    const needed = await peakOf(() => evaluate(model.params, listed([batch]), objective, { reducer: singleReducer() }));
    expect(needed).toBeLessThan(everything * 0.8);
  });
});
