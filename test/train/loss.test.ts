/** Goal: the loss is the negative log likelihood of the counted targets, and documents that share a row do not meet. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../src/mlx/index.ts";
import { openDecoder } from "../../src/models/load-decoder.ts";
import type { TrainBatch } from "../../src/train/data/batch.ts";
import { arraysOfBatch, batchOfArrays, countedTargets, crossEntropy, summedLoss } from "../../src/train/loss.ts";
import { nextToken } from "../../src/train/objective.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { tinyModel } from "../support/tiny-models.ts";

const batch = (ids: number[], targets: number[], segments?: number[]): TrainBatch => ({
  rows: 1,
  length: ids.length,
  ids: Int32Array.from(ids),
  targets: Uint8Array.from(targets),
  ...(segments ? { segments: Uint16Array.from(segments) } : {}),
  where: () => "here",
});

describe("cross entropy", () => {
  test("is log Σ exp of the logits less the target's logit, also for logits that are large", () => {
    expectNoLeaks(() =>
      mx.tidy(() => {
        const logits = mx.array(
          [
            [
              [0, Math.log(3)],
              [1000, 1000],
            ],
          ],
          "float32",
        );
        const losses = crossEntropy(logits, mx.array([[1, 0]], "int32")).tolist() as number[][];
        expect(losses[0]![0]).toBeCloseTo(Math.log(4 / 3), 6);
        expect(losses[0]![1]).toBeCloseTo(Math.log(2), 6);
      }),
    );
  });

  test("is added up over the counted targets only, and they are counted", () => {
    mx.tidy(() => {
      const some = batch([5, 0, 1, 1], [1, 0, 1]);
      const logits = mx.array(
        [
          [
            [Math.log(3), 0],
            [0, 50],
            [0, Math.log(3)],
          ],
        ],
        "float32",
      );
      const { sum, count } = summedLoss(logits, batchOfArrays(arraysOfBatch(some)));
      expect(Number(sum.item())).toBeCloseTo(2 * Math.log(4 / 3), 6);
      expect(count.item()).toBe(2);
      expect(countedTargets(some)).toBe(2);
    });
  });
});

test("the losses of a row add up to the same number whatever rows are beside it", () => {
  const [length, words] = [2_001, 5];
  const ids = Int32Array.from({ length: 2 * length }, (_, i) => (i * 7 + (i >> 3)) % words);
  const scores = Float32Array.from({ length: 2 * (length - 1) * words }, (_, i) => 9 * Math.sin(i * i));
  const sumOf = (from: number, to: number) =>
    mx.tidy(() => {
      const rows = to - from;
      const targets = new Uint8Array(rows * (length - 1)).fill(1);
      const some = { rows, length, ids: ids.slice(from * length, to * length), targets, where: String };
      const own = scores.slice(from * (length - 1) * words, to * (length - 1) * words);
      const logits = mx.fromTypedArray(own, [rows, length - 1, words]);
      return Number(summedLoss(logits, batchOfArrays(arraysOfBatch(some))).sum.item());
    });
  expect(sumOf(0, 2)).toBe(Math.fround(sumOf(0, 1) + sumOf(1, 2)));
});

describe("documents that share a row", () => {
  test("see what is before them in their own segment alone", () => {
    mx.tidy(() => {
      const { mask } = batchOfArrays(arraysOfBatch(batch([1, 2, 3, 4, 5], [1, 1, 1, 1], [1, 1, 2, 2, 2])));
      expect(mask!.shape).toEqual([1, 1, 4, 4]);
      const [t, f] = [true, false];
      expect(mx.squeeze(mask!).tolist()).toEqual([
        [t, f, f, f],
        [t, t, f, f],
        [f, f, t, f],
        [f, f, t, t],
      ]);
    });
  });

  test("do not change each other's logits, and what comes later changes nothing before", async () => {
    using model = await openDecoder(await tinyModel("llama"));
    const logitsOf = (ids: number[]) =>
      mx.tidy(() => {
        const { inputs, mask } = batchOfArrays(arraysOfBatch(batch(ids, [1, 1, 1, 1, 1, 1], [1, 1, 1, 2, 2, 2, 2])));
        return mx.squeeze(model.logits({ ids: inputs, mask }), 0).tolist() as number[][];
      });
    const before = logitsOf([7, 8, 9, 20, 21, 22, 23]);
    const otherFirst = logitsOf([70, 80, 90, 20, 21, 22, 23]);
    const otherSecond = logitsOf([7, 8, 9, 50, 21, 22, 23]);
    expect(otherFirst.slice(3)).toEqual(before.slice(3));
    expect(otherFirst.slice(0, 3)).not.toEqual(before.slice(0, 3));
    expect(otherSecond.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(otherSecond.slice(3)).not.toEqual(before.slice(3));
  });

  test("have the loss that they have in rows of their own", async () => {
    using model = await openDecoder(await tinyModel("llama"));
    const { decoder, params } = model;
    const objective = nextToken((tree, input) => decoder.head(tree, decoder.forward(tree, input)));
    const lossOf = (one: TrainBatch) =>
      objective.weight(one) * mx.tidy(() => Number(objective.loss(params, objective.arrays(one), undefined).item()));
    const together = lossOf(batch([7, 8, 9, 20, 21, 22], [1, 1, 0, 1, 1], [1, 1, 1, 2, 2, 2]));
    const apart = lossOf(batch([7, 8, 9], [1, 1])) + lossOf(batch([20, 21, 22], [1, 1]));
    expect(together).toBeCloseTo(apart, 4);
  });
});
