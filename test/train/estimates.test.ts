/** Goal: the estimate of memory grows with what needs memory, and its advice fits; the picture of losses is right. */
import { describe, expect, test } from "bun:test";
import { lossCurveSvg, sparkline } from "../../src/train/loss-curve.ts";
import { estimateMemory, fittingSettings } from "../../src/train/memory-estimate.ts";
import type { Metrics } from "../../src/train/metrics.ts";

const sizes = {
  hidden_size: 1000,
  num_hidden_layers: 10,
  vocab_size: 30_000,
  intermediate_size: 4000,
  num_attention_heads: 10,
};
const held = { weights: 4e8, trained: 1e7, optimizer: 2e7 };
const shape = { batchSize: 4, maxSeqLength: 1024, gradCheckpoint: false, gradAccumulationSteps: 1 };

describe("the memory estimate", () => {
  test("adds up what is held, the gradients, and the inner values of a batch", () => {
    // A layer's token: 9 × 1000 + 4 × 4000 + 2 × 10 × 1024 numbers; a head's: 3 × 30000; of 4 bytes, 4096 tokens.
    const activations = 4096 * (10 * (9_000 + 16_000 + 20_480) + 90_000) * 4;
    expect(estimateMemory(held, sizes, shape, 4)).toEqual({
      ...held,
      gradients: 1e7,
      activations,
      total: 4e8 + 1e7 + 2e7 + 1e7 + activations,
    });
  });

  test("advises checkpoints first, then smaller batches, then shorter rows, each of which fits", () => {
    const total = (changed: Partial<typeof shape>) => estimateMemory(held, sizes, { ...shape, ...changed }, 4).total;
    const advice = (limit: number) => fittingSettings(held, sizes, shape, 4, limit);
    expect(advice(total({ gradCheckpoint: true }))).toBe("--grad-checkpoint");
    const halved = { gradCheckpoint: true, batchSize: 2, gradAccumulationSteps: 2 };
    expect(advice(total(halved))).toBe("--grad-checkpoint --batch-size 2 --grad-accumulation-steps 2");
    const short = { gradCheckpoint: true, batchSize: 1, gradAccumulationSteps: 4, maxSeqLength: 512 };
    expect(advice(total(short))).toBe(
      "--grad-checkpoint --batch-size 1 --grad-accumulation-steps 4 --max-seq-length 512",
    );
    expect(advice(4e8)).toBeUndefined();
    const packed = { ...shape, fixedLength: true };
    expect(fittingSettings(held, sizes, packed, 4, total({ ...short, maxSeqLength: 1024 }))).not.toContain("length");
    expect(fittingSettings(held, sizes, packed, 4, total(short))).toBeUndefined();
  });
});

describe("the picture of the losses", () => {
  const train = (step: number, loss: number) => ({ kind: "train", step, loss }) as Metrics;

  test("has a point for each report, and one line of blocks from high to low", () => {
    const metrics: Metrics[] = [train(1, 8), train(2, 4), train(3, 1), { kind: "val", step: 3, loss: 2 }];
    const svg = lossCurveSvg(metrics);
    expect(svg.match(/<title>[^<]*/g)).toEqual([
      "<title>step 1: 8.0000",
      "<title>step 2: 4.0000",
      "<title>step 3: 1.0000",
      "<title>step 3: 2.0000",
    ]);
    expect(sparkline(metrics)).toBe("█▄▁");
  });

  test("leaves out what is not finite, and is a picture even of nothing", () => {
    expect(lossCurveSvg([])).toContain("</svg>");
    expect(lossCurveSvg([train(1, Number.NaN), train(2, 3)])).not.toContain("NaN");
    expect(sparkline([])).toBe("");
  });

  test("puts many reports into as many blocks as there is room for", () => {
    const many = Array.from({ length: 1000 }, (_, i) => train(i, 1000 - i));
    expect(sparkline(many, 8)).toBe("█▇▆▅▄▃▂▁");
  });
});
