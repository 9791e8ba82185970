/** Training runs on a tiny model and made-up rows, in this process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import * as mx from "../../src/mlx/index.ts";
import { KeySequence } from "../../src/mlx/nn/key-sequence.ts";
import { flattenParams, type Params, replaceParams } from "../../src/mlx/nn/params.ts";
import { createOptimizer } from "../../src/mlx/optim/index.ts";
import { openDecoder } from "../../src/models/load-decoder.ts";
import { startingParams } from "../../src/pipelines/train/start.ts";
import { adapterConfig, optimizerOptions, scheduleOf } from "../../src/train/adapter-config.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { TrainSettings } from "../../src/train/config.ts";
import type { TrainBatch } from "../../src/train/data/batch.ts";
import { type Reducer, singleReducer } from "../../src/train/distributed/reducer.ts";
import { type Logits, nextToken, type Objective } from "../../src/train/objective.ts";
import { runTraining, type TrainCallbacks, type TrainingResult } from "../../src/train/trainer.ts";
import { tinyModel } from "./tiny-models.ts";

/** A folder that is gone when it is disposed of. */
export class TempFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "mdp-train-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Ids that follow from the number of the batch alone; rows have 5 to 16 tokens, the rest is padding. */
export function madeUpBatch(number: number, rows = 2, length = 17): TrainBatch {
  const ids = new Int32Array(rows * length);
  const targets = new Uint8Array(rows * (length - 1));
  for (let row = 0; row < rows; row++) {
    const own = 5 + ((number * 7 + row * 5) % 12);
    for (let i = 0; i < own; i++) ids[row * length + i] = 1 + ((number * 31 + row * 17 + i * i * 3) % 200);
    targets.fill(1, row * (length - 1), row * (length - 1) + own - 1);
  }
  return { rows, length, ids, targets, where: (row) => `made-up.jsonl:${number * rows + row + 1}` };
}

export interface TinyRun {
  adapterPath: string;
  settings?: Partial<v.InferInput<typeof TrainSettings>>;
  resume?: boolean;
  signal?: AbortSignal;
  callbacks?: TrainCallbacks;
  /** By default the only process. */
  reducer?: Reducer;
  /** By default next-token prediction. */
  objective?: (logits: Logits) => Objective;
  /** By default `madeUpBatch`. */
  batch?: (number: number) => TrainBatch;
  /** All weights in this type; by default as they are, in float32. */
  dtype?: mx.DType;
  /** By default three batches; false for none. */
  validation?: (() => TrainBatch[]) | false;
}

function castParams(params: Params, dtype: mx.DType): Params {
  return mx.tidy(() => {
    const cast = flattenParams(params).map(([path, array]) => [path, mx.astype(array, dtype)] as const);
    mx.evaluate(...cast.map(([, array]) => array));
    return mx.keep(replaceParams(params, cast));
  });
}

/** Trains the tiny llama; its files are in `adapterPath` afterwards. */
export async function trainTiny(run: TinyRun): Promise<TrainingResult> {
  const settings = v.parse(TrainSettings, {
    iters: 6,
    batchSize: 2,
    numLayers: -1,
    learningRate: 1e-2,
    stepsPerReport: 1,
    stepsPerEval: 3,
    saveEvery: 2,
    loraRank: 2,
    adapterPath: run.adapterPath,
    ...run.settings,
  });
  using model = await openDecoder(await tinyModel("llama"));
  using keys = new KeySequence(settings.seed);
  const { params: begun, trainable } = startingParams(model, settings, keys);
  const params = run.dtype ? castParams(begun, run.dtype) : begun;
  const resume = run.resume ? readCheckpoint(settings.adapterPath) : undefined;
  let next = Number(resume?.progress.data.next ?? 0);
  const validation = run.validation ?? (() => [101, 102, 103].map((number) => madeUpBatch(number)));
  try {
    return await runTraining({
      settings,
      params,
      trained: trainable,
      objective: (run.objective ?? nextToken)((tree, input) =>
        model.decoder.head(tree, model.decoder.forward(tree, input)),
      ),
      optimizer: createOptimizer(settings.optimizer, optimizerOptions(settings)),
      rateAt: scheduleOf(settings),
      key: keys.state,
      data: { next: async () => (run.batch ?? madeUpBatch)(next++), state: () => ({ next }) },
      validation:
        validation === false
          ? undefined
          : async function* () {
              yield* validation();
            },
      adapterConfig: adapterConfig(settings, { model: "tiny", data: "made-up", test: false }),
      fixed: {},
      reducer: run.reducer ?? singleReducer(),
      resume,
      signal: run.signal ?? new AbortController().signal,
      callbacks: run.callbacks ?? {},
    });
  } finally {
    mx.disposeAll([begun, params]);
  }
}
