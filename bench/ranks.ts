/**
 * How far several processes are from one with the same global batches: `bun bench/ranks.ts [--iters 20]`.
 * Prints the distances of gradients from float64 and from one process's, then the largest difference of a loss over the
 * steps, beside what one process does with its rows in another order or in parts, and what float64 itself does when it
 * starts half a float32 rounding away. The model is the tiny llama of the tests.
 */
import { parseArgs } from "node:util";
import * as v from "valibot";
import * as mx from "../src/mlx/index.ts";
import { KeySequence } from "../src/mlx/nn/key-sequence.ts";
import { flattenParams, type Params, replaceParams } from "../src/mlx/nn/params.ts";
import { createOptimizer } from "../src/mlx/optim/index.ts";
import { openDecoder } from "../src/models/load-decoder.ts";
import { startingParams } from "../src/pipelines/train/start.ts";
import { optimizerOptions } from "../src/train/adapter-config.ts";
import { TrainSettings } from "../src/train/config.ts";
import { singleReducer } from "../src/train/distributed/reducer.ts";
import { arraysOfBatch, batchOfArrays, crossEntropy } from "../src/train/loss.ts";
import { type Loss, Stepper } from "../src/train/step.ts";
import { tinyModel } from "../test/support/tiny-models.ts";
import { exactGradients, gradientRun } from "../test/train/distributed/exact-gradients.ts";
import { globalBatch, orders } from "../test/train/distributed/global-batch.ts";
import {
  distance,
  type Outcome,
  type SharedRun,
  trainedAlone,
  trainedBy,
  trainedInParts,
} from "../test/train/distributed/shared-runs.ts";

const iters = Number(parseArgs({ options: { iters: { type: "string", default: "20" } } }).values.iters);
const { adapterPath: _, ...defaults } = v.parse(TrainSettings, {});
const common = { ...defaults, numLayers: -1, iters, stepsPerReport: 1 };
const lora = (more: SharedRun["settings"]): SharedRun => ({ settings: { ...common, ...more }, validation: false });
const full = (more: SharedRun["settings"]) => lora({ ...more, fineTuneType: "full" });

const settings: Record<string, SharedRun> = {
  "defaults (LoRA, Adam 1e-5)": lora({}),
  "mlx-lm's example (AdamW 1e-5, q and v)": lora({
    optimizer: "adamw",
    loraKeys: ["self_attn.q_proj", "self_attn.v_proj"],
  }),
  "LoRA, Adam 1e-4": lora({ learningRate: 1e-4 }),
  "LoRA, Adam 1e-3": lora({ learningRate: 1e-3 }),
  "LoRA, Adam 1e-2": lora({ learningRate: 1e-2 }),
  "LoRA, SGD 0.02": lora({ optimizer: "sgd", learningRate: 0.02 }),
  "LoRA, SGD 0.1": lora({ optimizer: "sgd", learningRate: 0.1 }),
  "LoRA, SGD 0.5": lora({ optimizer: "sgd", learningRate: 0.5 }),
  "full, Adam 1e-5": full({}),
  "full, Adam 1e-3": full({ learningRate: 1e-3 }),
};

const show = (value: number) => value.toExponential(1);
const lossesOf = ({ losses }: Outcome) => losses.filter(({ kind }) => kind === "train").map(({ loss }) => loss);
const gap = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((loss, i) => Math.abs(loss - b[i]!)));

/** Losses of the training in float64. @param away each trained number starts moved by up to this share of it */
async function inFloat64(run: SharedRun, away: number): Promise<number[]> {
  const settings = v.parse(TrainSettings, run.settings);
  using model = await openDecoder(await tinyModel("llama"));
  using keys = new KeySequence(settings.seed);
  const begun = startingParams(model, settings, keys);
  using signs = new KeySequence(7);
  const isTrained = new Set(begun.trainable);
  const params: Params = mx.keep(
    mx.tidy(() =>
      replaceParams(
        begun.params,
        flattenParams(begun.params).map(([path, array]) => {
          const x = mx.astype(array, "float64");
          if (!isTrained.has(path) || away === 0) return [path, x] as const;
          const factor = mx.random.uniform(signs.next(), array.shape, { low: -away, high: away });
          return [path, mx.add(x, mx.multiply(x, mx.astype(factor, "float64")))] as const;
        }),
      ),
    ),
  );
  const loss: Loss = (tree, arrays) => {
    const { inputs, targets, counted } = batchOfArrays(arrays);
    const logits = model.decoder.head(tree, model.decoder.forward(tree, { ids: inputs }));
    const weights = mx.astype(counted, "float64");
    return mx.divide(mx.sum(mx.multiply(crossEntropy(logits, targets), weights)), mx.sum(weights));
  };
  using stepper = new Stepper({
    params,
    trained: begun.trainable,
    optimizer: createOptimizer(settings.optimizer, optimizerOptions(settings)),
    loss,
    dropout: 0,
    key: keys.state,
    gradCheckpoint: false,
    accumulation: { kind: "mean" },
    maxGradNorm: 0,
    watchNorm: false,
    reducer: singleReducer(),
  });
  return Array.from({ length: iters }, (_, step) =>
    mx.tidy(() => {
      const rate = mx.array(settings.learningRate, "float32");
      return stepper.step({ batch: arraysOfBatch(globalBatch(step)), blend: 1, share: 1, rate, update: true }).loss;
    }),
  );
}

console.log("gradients: distance over length");
for (const dtype of ["float32", "bfloat16"] as const) {
  const run = gradientRun(dtype);
  const one = (await trainedAlone(run)).arrays;
  const exact = new Map([...(await exactGradients(globalBatch(0), dtype))].filter(([name]) => one.has(name)));
  const others: number[] = [];
  for (const order of orders) others.push(distance((await trainedAlone(run, { order })).arrays, one));
  console.log(
    `${dtype}: one from float64 ${show(distance(one, exact))}, other orders from one ${show(Math.max(...others))}`,
  );
  for (const world of [2, 4]) {
    const several = (await trainedBy(world, [run]))[0]!.arrays;
    console.log(
      `  ${world} processes from float64 ${show(distance(several, exact))}, from one ${show(distance(several, one))}`,
    );
  }
}

console.log(`\nlargest difference of a loss from one process's over ${iters} steps`);
console.log(
  "| settings | 2 | 4 | other orders, least to most | in 2, in 4 parts | one from float64 | float64, start moved |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
const [two, four] = [await trainedBy(2, Object.values(settings)), await trainedBy(4, Object.values(settings))];
for (const [i, [name, run]] of Object.entries(settings).entries()) {
  const one = lossesOf(await trainedAlone(run));
  const others: number[] = [];
  for (const order of orders) others.push(gap(lossesOf(await trainedAlone(run, { order })), one));
  const parts = [await trainedInParts(run, 2), await trainedInParts(run, 4)].map((all) =>
    show(gap(lossesOf(all), one)),
  );
  const exact = await inFloat64(run, 0);
  const cells = [
    show(gap(lossesOf(two[i]!), one)),
    show(gap(lossesOf(four[i]!), one)),
    `${show(Math.min(...others))} - ${show(Math.max(...others))}`,
    parts.join(", "),
    show(gap(one, exact)),
    show(gap(await inFloat64(run, 2 ** -24), exact)),
  ];
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}
