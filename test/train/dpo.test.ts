/** Goal: a model learns to prefer, measured against what it was, and only what is trained changes. */
import { afterAll, describe, expect, test } from "bun:test";
import * as v from "valibot";
import * as mx from "../../src/mlx/index.ts";
import { flattenParams, KeySequence, type Params, unflattenParams } from "../../src/mlx/nn/index.ts";
import { createOptimizer } from "../../src/mlx/optim/index.ts";
import { adapt } from "../../src/models/adapters/adapt.ts";
import type { AdapterSpec } from "../../src/models/adapters/adapter.ts";
import { openDecoder } from "../../src/models/load-decoder.ts";
import type { TrainBatch } from "../../src/train/data/batch.ts";
import { singleReducer } from "../../src/train/distributed/reducer.ts";
import { frozenCopy, type PreferenceBatch, preference, scorePairs, withoutAdapters } from "../../src/train/dpo.ts";
import { arraysOfBatch, batchOfArrays } from "../../src/train/loss.ts";
import type { Logits } from "../../src/train/objective.ts";
import { type DpoOptions, dpoOptions } from "../../src/train/objectives/dpo.ts";
import { sequenceLogProbs } from "../../src/train/objectives/sequence.ts";
import { PreferenceSettings } from "../../src/train/preferences/config.ts";
import { Stepper } from "../../src/train/step.ts";
import { tinyModel } from "../support/tiny-models.ts";

const defaults = dpoOptions(v.parse(PreferenceSettings, {}));
const model = await openDecoder(await tinyModel("llama"));
afterAll(() => model[Symbol.dispose]());
const logits: Logits = (params, input) => model.decoder.head(params, model.decoder.forward(params, input));

/** Rows of ids, padded with 0; the first three tokens are the prompt. */
function batchOf(rows: readonly (readonly number[])[]): TrainBatch {
  const length = Math.max(...rows.map((row) => row.length));
  const ids = new Int32Array(rows.length * length);
  const targets = new Uint8Array(rows.length * (length - 1));
  rows.forEach((row, r) => {
    ids.set(row, r * length);
    targets.fill(1, r * (length - 1) + 2, r * (length - 1) + row.length - 1);
  });
  return { rows: rows.length, length, ids, targets, where: (row) => `row ${row}` };
}

const prompts = [
  [5, 6, 7],
  [9, 8, 7],
  [20, 30, 40],
  [3, 1, 2],
];
const pairs: PreferenceBatch = {
  rows: 4,
  chosen: batchOf(prompts.map((prompt, i) => [...prompt, 100, 101 + i, 102])),
  rejected: batchOf(prompts.map((prompt, i) => [...prompt, 200 + i, 201, 202, 203].slice(0, 5 + (i % 3)))),
  where: (row) => `pair ${row}`,
};

const spec = (method: AdapterSpec["method"]): AdapterSpec => ({
  method,
  numLayers: 2,
  lora: { rank: 4, scale: 10, dropout: 0.1 },
});

/** Trains for some steps, and gives what `measure` makes of the tree before and after. */
function train<T>(
  method: AdapterSpec["method"],
  options: DpoOptions,
  dropout: number,
  measure: (params: Params, referenceOf: (params: Params) => Params) => T,
): [T, T] {
  const before = new Set(flattenParams(model.params).map(([path]) => path));
  using keys = new KeySequence(1);
  const { params: adapted, trainable } = mx.keep(
    mx.tidy(() => adapt(model.params, model.decoder.shapes(), spec(method), keys)),
  );
  // A step takes over what it trains; the model's own arrays serve the other tests.
  const own =
    method === "full"
      ? mx.keep(mx.tidy(() => flattenParams(adapted).map(([path, x]) => [path, mx.copy(x).eval()] as const)))
      : [];
  const params = own.length > 0 ? unflattenParams(own) : adapted;
  using frozen = method !== "full" ? undefined : frozenCopy(params, trainable);
  const referenceOf = frozen?.reference ?? withoutAdapters;
  const objective = preference(logits, referenceOf, options);
  using stepper = new Stepper({
    params,
    trained: trainable,
    optimizer: createOptimizer("adam"),
    loss: objective.loss,
    dropout,
    key: keys.state,
    gradCheckpoint: dropout > 0,
    accumulation: { kind: "mean" },
    maxGradNorm: 0,
    watchNorm: true,
    reducer: singleReducer(),
  });
  const first = measure(stepper.params, referenceOf);
  for (let step = 0; step < 12; step++) {
    mx.tidy(() => {
      stepper.step({
        batch: objective.arrays(pairs),
        blend: 1,
        share: 1,
        rate: mx.array(2e-3, "float32"),
        update: true,
      });
    });
  }
  const last = measure(stepper.params, referenceOf);
  const trained = new Set(trainable);
  const rest = flattenParams(params).filter(([path]) => !trained.has(path) && !before.has(path));
  mx.disposeAll([rest, own.filter(([path]) => !trained.has(path))]);
  return [first, last];
}

/** Log-probabilities of the chosen answers under a tree. */
const chosenOf = (params: Params) =>
  mx.tidy(() => {
    const { inputs, targets, counted } = batchOfArrays(arraysOfBatch(pairs.chosen));
    return sequenceLogProbs(logits(params, { ids: inputs }), targets, counted).sums.tolist() as number[];
  });

describe.each(["lora", "dora", "full"] as const)("%s", (method) => {
  test("begins at ln 2 with no preference, and learns every pair; the reference stays what the model was", () => {
    const original = chosenOf(model.params);
    const [before, after] = train(method, { ...defaults, beta: 0.5 }, 0, (params, referenceOf) => ({
      ...scorePairs(logits, params, referenceOf, pairs, { ...defaults, beta: 0.5 }),
      reference: chosenOf(referenceOf(params)),
    }));
    expect(before.loss).toBeCloseTo(Math.LN2, 4);
    expect(before.margin).toBeCloseTo(0, 4);
    expect(after.accuracy).toBe(1);
    expect(after.loss).toBeLessThan(before.loss / 2);
    for (const { reference } of [before, after]) {
      for (const [i, value] of reference.entries()) expect(value).toBeCloseTo(original[i]!, 3);
    }
    expect(chosenOf(model.params)).toEqual(original);
  });
});

test("ipo and hinge learn too, with dropout and layers computed again", () => {
  for (const loss of ["ipo", "hinge"] as const) {
    const options: DpoOptions = { loss, beta: 0.5, labelSmoothing: 0 };
    const [before, after] = train("lora", options, 0.1, (params, referenceOf) =>
      scorePairs(logits, params, referenceOf, pairs, options),
    );
    expect(before.loss).toBeCloseTo(1, 4);
    expect(after.loss).toBeLessThan(0.5);
    expect(after.accuracy).toBe(1);
  }
});

test("ipo compares means over the tokens: an answer twice as long counts no more", () => {
  const flat: Logits = (params, { ids }) => {
    const [rows, length] = ids.shape as [number, number];
    const shift = params.shift as mx.MlxArray;
    const one = mx.concatenate([mx.reshape(shift, [1]), mx.zeros([3])]);
    return mx.broadcastTo(one, [rows, length, 4]);
  };
  const batch = (chosenLength: number): PreferenceBatch => ({
    rows: 1,
    chosen: batchOf([new Array(chosenLength).fill(0)]),
    rejected: batchOf([[0, 0, 0, 1, 1]]),
    where: String,
  });
  mx.tidy(() => {
    const params = { shift: mx.array(1, "float32") };
    const reference = () => ({ shift: mx.array(0, "float32") });
    const scores = [5, 7].map((length) =>
      scorePairs(flat, params, reference, batch(length), { ...defaults, loss: "ipo" }),
    );
    expect(scores[0]!.margin).toBeCloseTo(0.1 * 1, 5);
    expect(scores[1]!.loss).toBeCloseTo(scores[0]!.loss, 4);
    const summed = scorePairs(flat, params, reference, batch(7), defaults);
    expect(summed.margin).toBeGreaterThan(scores[1]!.margin * 2);
  });
});
