/** `train`: a model and rows in; an adapter, its checkpoints and its metrics out. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InterruptedError, MdpError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import { KeySequence } from "../mlx/nn/key-sequence.ts";
import { flattenParams, type Params } from "../mlx/nn/params.ts";
import { createOptimizer } from "../mlx/optim/index.ts";
import { useAdapter } from "../models/adapters/apply.ts";
import { configName } from "../models/adapters/save.ts";
import { findModel } from "../models/find.ts";
import { type LoadedDecoder, openDecoder } from "../models/load-decoder.ts";
import { adapterConfig, fixedSettings, optimizerOptions, scheduleOf } from "../train/adapter-config.ts";
import type { TrainSettings } from "../train/config.ts";
import type { TrainData } from "../train/data/index.ts";
import { joinRun, startedAsRank } from "../train/distributed/rank.ts";
import { type Reducer, singleReducer } from "../train/distributed/reducer.ts";
import { evaluate } from "../train/evaluate.ts";
import { nextToken, type Objective } from "../train/objective.ts";
import { runTraining, type TrainCallbacks, type TrainingResult } from "../train/trainer.ts";
import { openDataFor } from "./train/data.ts";
import { lockAdapter } from "./train/lock.ts";
import { memoryNotes } from "./train/memory.ts";
import { drawLosses, heardOf, noteEarlierRun, noteEarlyEnd, noteUnusedRate, type OnNote } from "./train/notes.ts";
import { matchingCheckpoint, startingParams, withFewerLayers } from "./train/start.ts";

export interface TrainRequest {
  /** A folder, or a name as `mdp model list` shows it. */
  model: string;
  /** A folder of rows or of shards. */
  data: string;
  settings: TrainSettings;
  /** Without training, `test` measures the adapter that is there. */
  train: boolean;
  test: boolean;
  /** Go on from the last checkpoint. */
  resume: boolean;
  /** How this process joins others; by default as its environment says, and alone where it says nothing. */
  backend?: mx.distributed.Backend | undefined;
  /** What was noted before, for `onNote`. */
  notes?: readonly string[];
  signal: AbortSignal;
  callbacks?: TrainCallbacks & { onTestReport?(report: TestReport): void };
  /** What is worth knowing before the start. */
  onNote?: OnNote;
}

export interface TestReport {
  loss: number;
  perplexity: number;
}

export interface TrainReport extends Partial<TrainingResult> {
  adapterPath: string;
  /** Numbers that are trained, and all of the model. */
  trainedParameters: number;
  parameters: number;
  test?: TestReport;
}

/**
 * Fine-tunes the model as the settings say; `settings.compat` "mlx-lm" gives mlx-lm's numbers.
 *
 * @throws InterruptedError after the signal, with a checkpoint written; MdpError for bad data, models and settings
 */
export async function train(request: TrainRequest): Promise<TrainReport> {
  const backend = request.backend ?? startedAsRank();
  using reducer = backend ? joinRun(backend) : singleReducer();
  const report = await trainRank(heardOf(request, reducer.rank), reducer);
  reducer.end();
  return report;
}

async function trainRank(request: TrainRequest, reducer: Reducer): Promise<TrainReport> {
  using model = await openDecoder(findModel(request.model).dir);
  using data = await openDataFor(request, model, reducer);
  // Before hours of training, not after them.
  if (request.test && !data.test) throw noTestRows(request.data);
  if (!request.train) return await testAlone({ request, model, data, reducer });
  return await fineTune({
    request: { ...request, settings: withFewerLayers(request, model.decoder) },
    model,
    data,
    reducer,
  });
}

interface Run {
  request: TrainRequest;
  model: LoadedDecoder;
  data: TrainData;
  reducer: Reducer;
}

async function fineTune(run: Run): Promise<TrainReport> {
  const { request, model, data, reducer } = run;
  const { settings, onNote } = request;
  using _lock = lockAdapter(settings.adapterPath, reducer.rank, "train");
  const optimizer = createOptimizer(settings.optimizer, optimizerOptions(settings));
  const rateAt = scheduleOf(settings);
  const fixed = { ...fixedSettings(settings, request.model), contents: data.contents };
  using keys = new KeySequence(settings.seed);
  const { params, trainable } = startingParams(model, settings, keys);
  const report = reportOf(model, settings.adapterPath, params, trainable);
  try {
    onNote?.(trainableNote(report));
    const shape = data.rowTokens ? { ...settings, maxSeqLength: data.rowTokens, fixedLength: true } : settings;
    for (const note of memoryNotes(model, params, trainable, optimizer, shape)) onNote?.(note);
    const resume = request.resume ? matchingCheckpoint(settings.adapterPath, fixed, request.data) : undefined;
    if (resume) onNote?.(`Going on from step ${resume.progress.step}`);
    else noteEarlierRun(settings.adapterPath, onNote);
    noteUnusedRate(settings, onNote);
    using source = await data.training(resume?.progress.data).catch((error) => {
      mx.disposeAll(resume?.state);
      throw error;
    });
    const result = await runTraining(
      {
        settings,
        params,
        trained: trainable,
        objective: objectiveOf(model, settings),
        optimizer,
        rateAt,
        key: keys.state,
        data: source,
        validation: validationOf(data, settings),
        adapterConfig: adapterConfig(settings, request),
        fixed,
        reducer,
        resume,
        signal: request.signal,
        callbacks: request.callbacks ?? {},
      },
      async (trained) => {
        if (request.test) report.test = await measure(run, trained);
      },
    );
    if (reducer.rank === 0) drawLosses(settings.adapterPath, onNote);
    noteEarlyEnd(result, settings, onNote);
    return { ...report, ...result };
  } finally {
    mx.disposeAll(params);
  }
}

/** Measures the adapter that is there; with an empty `adapterPath` the model alone. As mlx-lm does, it trains nothing. */
async function testAlone(run: Run): Promise<TrainReport> {
  const { request, model } = run;
  const { settings } = request;
  if (settings.adapterPath !== "" && !existsSync(join(settings.adapterPath, configName))) {
    throw new MdpError({
      code: "adapter-incomplete",
      message: "--test alone trains nothing, and there is no adapter to measure",
      where: settings.adapterPath,
      hint: "add --train, or name an adapter's folder with --adapter-path; an empty one measures the model alone",
    });
  }
  const adapter = settings.adapterPath === "" ? undefined : await useAdapter(model, settings.adapterPath);
  const report = reportOf(model, settings.adapterPath, model.params, [...(adapter?.arrays.keys() ?? [])]);
  return { ...report, test: await measure(run, model.params) };
}

async function measure({ request, model, data, reducer }: Run, params: Params): Promise<TestReport> {
  const { settings, signal, callbacks } = request;
  if (!data.test) throw noTestRows(request.data);
  const batches = data.test.batches(settings.testBatches);
  const result = await evaluate(params, batches, objectiveOf(model, settings), { reducer, signal });
  if (!result) throw new InterruptedError();
  const report = { loss: result.loss, perplexity: Math.exp(result.loss) };
  callbacks?.onTestReport?.(report);
  return report;
}

/** None of no batches; mlx-lm makes it all the same, and its random numbers move. */
function validationOf({ validation }: TrainData, { valBatches, compat }: TrainSettings) {
  if (!validation || (valBatches === 0 && compat !== "mlx-lm")) return undefined;
  return () => validation.batches(valBatches);
}

function noTestRows(where: string): MdpError {
  const hint = "put test.jsonl there, or leave out --test";
  return new MdpError({ code: "no-test-data", message: "there are no test rows", where, hint });
}

function objectiveOf({ decoder }: LoadedDecoder, { compat }: TrainSettings): Objective {
  const order = compat === "mlx-lm" ? "at once" : "by row";
  return nextToken((params, input) => decoder.head(params, decoder.forward(params, input)), order);
}

function reportOf(
  { decoder }: LoadedDecoder,
  adapterPath: string,
  params: Params,
  trained: readonly string[],
): TrainReport {
  const shapes: Record<string, mx.Shape | undefined> = decoder.shapes();
  const names = new Set(trained);
  const report = { adapterPath, trainedParameters: 0, parameters: 0 };
  for (const [path, array] of flattenParams(params)) {
    // A quantized weight is packed, and its scales are no parameters of their own.
    if (/\.(scales|biases)$/.test(path)) continue;
    const size = shapes[path]?.reduce((product, n) => product * n, 1) ?? array.size;
    report.parameters += size;
    if (names.has(path)) report.trainedParameters += size;
  }
  return report;
}

function trainableNote({ trainedParameters, parameters }: TrainReport): string {
  const millions = (count: number) => `${(count / 1e6).toFixed(3)}M`;
  const share = ((100 * trainedParameters) / parameters).toFixed(3);
  return `Trainable parameters: ${share}% (${millions(trainedParameters)}/${millions(parameters)})`;
}
