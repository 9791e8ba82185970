/** Gradients of the tiny llama to compare with: computed in float64, or read off one step of a run. */
import * as mx from "../../../src/mlx/index.ts";
import { flattenParams, type Params, replaceParams } from "../../../src/mlx/nn/params.ts";
import { openDecoder } from "../../../src/models/load-decoder.ts";
import type { TrainBatch } from "../../../src/train/data/batch.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import type { SharedRun } from "./shared-runs.ts";

export type FloatType = "float32" | "bfloat16";

/** One step so long that the weights before it are lost in the rounding: what is left is the gradient, times this. */
const STEP = -(2 ** 40);

/** A run whose arrays are the gradients of the first batch in all weights that are trained, times a power of two. */
export function gradientRun(dtype: FloatType): SharedRun {
  const settings = { fineTuneType: "full", optimizer: "sgd", learningRate: -STEP, iters: 1, numLayers: -1 } as const;
  return { settings, dtype, validation: false };
}

/** The same for all weights in float64, where they are what they are in `dtype`; torch 2.15 finds them to 2e-7. */
export async function exactGradients(
  { ids, targets, rows, length }: TrainBatch,
  dtype: FloatType,
): Promise<Map<string, Float64Array>> {
  using model = await openDecoder(await tinyModel("llama"));
  const { decoder } = model;
  return mx.tidy(() => {
    const wide = flattenParams(model.params).map(
      ([path, x]) => [path, mx.astype(mx.astype(x, dtype), "float64")] as const,
    );
    const all = mx.fromTypedArray(ids, [rows, length]);
    const columns = (from: number) =>
      mx.slice(all, [
        [0, rows],
        [from, from + length - 1],
      ]);
    const counted = mx.fromTypedArray(Float64Array.from(targets), [rows, length - 1]);
    const loss = (params: Params) => {
      const logits = decoder.head(params, decoder.forward(params, { ids: columns(0) }));
      const score = mx.squeeze(mx.takeAlongAxis(logits, mx.expandDims(columns(1), -1), -1), -1);
      const losses = mx.multiply(mx.subtract(mx.logsumexp(logits, -1), score), counted);
      return mx.divide(mx.sum(losses), mx.sum(counted));
    };
    const ofInputs = (inputs: readonly mx.MlxArray[]) =>
      loss(
        replaceParams(
          model.params,
          wide.map(([path], i) => [path, inputs[i]!] as const),
        ),
      );
    using derived = mx.valueAndGrad(
      (inputs) => [ofInputs(inputs)],
      wide.map((_, i) => i),
    );
    const { gradients } = derived.apply(wide.map(([, x]) => x));
    return new Map(
      wide.map(([path], i) => [
        path,
        Float64Array.from(gradients[i]!.toTypedArray() as Float64Array, (value) => value * STEP),
      ]),
    );
  });
}
