/** Goal: recall and mean reciprocal rank are those that counting by hand gives. */
import { expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import type { TrainedEncoder } from "../../../src/train/contrastive/encode.ts";
import { scoreRetrieval } from "../../../src/train/contrastive/evaluate.ts";
import { expectNoLeaks } from "../../support/leaks.ts";

/** A model of texts such as `3`: the vector is a point of a circle at that many degrees. */
const circle = {
  folder: { pooling: "cls", queryPrefix: "", documentPrefix: "" },
  tokenizer: { encode: (text: string) => ({ ids: Uint32Array.of(Number.parseInt(text, 10)) }) },
  encoder: {
    forward: (_: unknown, { ids }: { ids: mx.MlxArray }) => {
      const angle = mx.multiply(mx.astype(ids, "float32"), Math.PI / 180);
      return mx.stack([mx.cos(angle), mx.sin(angle)], 2);
    },
  },
  maxTokens: 8,
} as unknown as TrainedEncoder;

const row = (anchor: string, positive: string, ...negatives: string[]) => ({ anchor, positive, negatives });

test("the nearest of several positives counts, negatives are candidates, and each text is one", () => {
  const rows = [
    row("10", "12", "50"), // 12 is nearest: rank 1
    row("20", "40", "26"), // 26, 12 and 30 are nearer than 40: rank 4
    row("28", "90", "50"), // 30 of the next row is nearest, and its own: rank 2 after 26
    row("28", "30"),
  ];
  expectNoLeaks(() => {
    const { recallAt1, mrr, anchors, candidates } = scoreRetrieval(circle, {}, rows);
    expect({ anchors, candidates }).toEqual({ anchors: 3, candidates: 6 });
    expect(recallAt1).toBeCloseTo(1 / 3, 6);
    expect(mrr).toBeCloseTo((1 + 1 / 4 + 1 / 2) / 3, 6);
  });
});

test("a text as near as the right one counts as nearer", () => {
  expect(scoreRetrieval(circle, {}, [row("10", "5", "5 again")]).mrr).toBe(0.5);
});

test("vectors that are no numbers find nothing", () => {
  const forward = (_: unknown, { ids }: { ids: mx.MlxArray }) => mx.full([...ids.shape, 2], Number.NaN, "float32");
  const lost = { ...circle, encoder: { forward } } as unknown as TrainedEncoder;
  const rows = ["10", "20", "30"].map((text) => row(text, `${text} found`));
  expect(scoreRetrieval(lost, {}, rows)).toMatchObject({ recallAt1: 0, mrr: 1 / 3 });
});

test("more anchors than are compared at once give the same", () => {
  const rows = Array.from({ length: 300 }, (_, i) => row(`${i}`, `${i} found`));
  expect(scoreRetrieval(circle, {}, rows)).toEqual({ recallAt1: 1, mrr: 1, anchors: 300, candidates: 300 });
});
