/** The training loop: batches in; reports, checkpoints and the adapter's files out. */
import { join } from "node:path";
import { InterruptedError, MdpError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import type { Params } from "../mlx/nn/params.ts";
import type { Optimizer, Schedule } from "../mlx/optim/index.ts";
import { saveAdapter, saveAdapterConfig, saveAdapterWeights } from "../models/adapters/save.ts";
import { type Checkpoint, type Progress, setCheckpointsAside, writeCheckpoint } from "./checkpoint.ts";
import type { TrainSettings } from "./config.ts";
import type { DataState } from "./data/batch.ts";
import type { Reducer } from "./distributed/reducer.ts";
import { evaluate } from "./evaluate.ts";
import { MetricsFile, type TrainMetrics, type ValidationMetrics } from "./metrics.ts";
import type { Objective } from "./objective.ts";
import { Stepper } from "./step.ts";

/** A batch whose rows can be named. */
export interface NamedRows {
  rows: number;
  standIn?: boolean;
  where(row: number): string;
}

export interface StepReport {
  step: number;
  iters: number;
  loss: number;
  /** Counted targets since the start. */
  tokens: number;
  /** Learning rate. */
  rate: number;
  /** Bytes that arrays hold at most so far. */
  memory: number;
}

/** What others hear of a run. Nothing waits for them. */
export interface TrainCallbacks {
  /** After every batch. */
  onStep?(done: StepReport): void;
  onTrainReport?(report: TrainMetrics & { iterations_per_second: number }): void;
  onValidationReport?(report: ValidationMetrics & { seconds: number }): void;
  /** @param path of the file that mlx-lm would write: `0000100_adapters.safetensors` */
  onSave?(saved: { step: number; path: string }): void;
}

export interface TrainingRun<B extends NamedRows> {
  settings: TrainSettings;
  /** The model's tree with what is trained in it, without dropout. */
  params: Params;
  /** Paths of the trained arrays; those in the tree are used up. */
  trained: readonly string[];
  objective: Objective<B>;
  optimizer: Optimizer;
  /** Learning rate by updates done. */
  rateAt: Schedule;
  /** Random state after the initialisation, uint32 `[2]`. */
  key: mx.MlxArray;
  data: { next(): Promise<B>; state(): DataState };
  /** A fresh pass over the validation batches; undefined without validation data. */
  validation: (() => AsyncIterable<B>) | undefined;
  /** Contents of `adapter_config.json`. */
  adapterConfig: Readonly<Record<string, unknown>>;
  /** Settings that a resumed run must share, by name. */
  fixed: Readonly<Record<string, unknown>>;
  reducer: Reducer;
  resume: Checkpoint | undefined;
  signal: AbortSignal;
  callbacks: TrainCallbacks;
}

export interface TrainingResult {
  /** Batches trained on. */
  steps: number;
  /** Of the last report. */
  loss: number | undefined;
  validationLoss: number | undefined;
  best: { loss: number; step: number } | undefined;
  trainedTokens: number;
  /** In bytes. */
  peakMemory: number;
  stoppedEarly: boolean;
}

/**
 * Trains from the start, or from where the checkpoint stands.
 *
 * @param finished is given the tree of the trained model, for a test; its arrays live no longer than that call
 * @throws InterruptedError after the signal, with a checkpoint written
 */
export async function runTraining<B extends NamedRows>(
  run: TrainingRun<B>,
  finished?: (params: Params) => Promise<void>,
): Promise<TrainingResult> {
  using trainer = new Trainer(run);
  const result = await trainer.train();
  await finished?.(trainer.trainedParams);
  return result;
}

class Trainer<B extends NamedRows> implements Disposable {
  readonly #run: TrainingRun<B>;
  readonly #stepper: Stepper;
  readonly #progress: Progress;
  readonly #metrics: MetricsFile | undefined;
  readonly #writes: boolean;
  #seconds = 0;
  #lastLoss: number | undefined;
  #lastValidation: number | undefined;
  #savedAt: number | undefined;
  /** A checkpoint is due and waits for an update. */
  #postponed = false;
  /** Some process of the run was asked to stop: all do, after the same step. */
  #stopped = false;

  constructor(run: TrainingRun<B>) {
    this.#run = run;
    const { settings } = run;
    const compat = settings.compat === "mlx-lm";
    this.#progress = run.resume ? structuredClone(run.resume.progress) : fresh(run.fixed);
    this.#writes = run.reducer.rank === 0;
    if (this.#writes) {
      this.#metrics = new MetricsFile(settings.adapterPath, this.#progress.metricsBytes);
      if (!run.resume) setCheckpointsAside(settings.adapterPath);
    }
    this.#stepper = new Stepper(
      {
        params: run.params,
        trained: run.trained,
        optimizer: run.optimizer,
        loss: run.objective.loss,
        dropout: settings.fineTuneType === "full" ? 0 : settings.loraDropout,
        key: run.key,
        gradCheckpoint: settings.gradCheckpoint,
        accumulation: compat ? { kind: "sum", count: settings.gradAccumulationSteps } : { kind: "mean" },
        maxGradNorm: settings.maxGradNorm,
        watchNorm: !compat,
        // A compiled graph finds that values computed again are those computed before, and keeps more of them.
        compiled: !settings.gradCheckpoint || mx.defaultDevice() !== "cpu",
        reducer: run.reducer,
      },
      run.resume?.state,
    );
  }

  get trainedParams(): Params {
    return this.#stepper.params;
  }

  async train(): Promise<TrainingResult> {
    const { settings, data, signal, reducer } = this.#run;
    const alone = reducer.world === 1;
    const compat = settings.compat === "mlx-lm";
    const progress = this.#progress;
    if (this.#writes) await saveAdapterConfig(settings.adapterPath, this.#run.adapterConfig);
    mx.resetPeakMemory();
    // mlx-lm validates before a batch is trained on, after it was made; here validation follows what it judges.
    if (!compat && !progress.validated) await this.#validate();
    let stop = this.#isStopped();
    while (progress.step < settings.iters && !stop) {
      const batch = await data.next();
      if (compat && this.#isDue(progress.step + 1)) await this.#validate();
      this.#trainOn(batch);
      this.#report();
      progress.validated = compat || !this.#isDue(progress.step);
      if (!progress.validated) await this.#validate();
      stop = this.#isStopped();
      if (progress.step % settings.saveEvery === 0) await this.#save(true);
      else if (this.#postponed && this.#isWhole) await this.#save(false);
      if ((this.#stopped || (alone && signal.aborted)) && this.#isWhole) await this.#interrupt();
      // Signals and progress lines are served only between macrotasks.
      await new Promise(setImmediate);
    }
    if (this.#savedAt !== progress.step) await this.#save(false);
    return {
      steps: progress.step,
      loss: this.#lastLoss,
      validationLoss: this.#lastValidation,
      best: progress.best ?? undefined,
      trainedTokens: progress.trainedTokens,
      peakMemory: mx.peakMemory(),
      stoppedEarly: stop && progress.step < settings.iters,
    };
  }

  #isDue(step: number): boolean {
    const { settings, validation } = this.#run;
    const first = settings.compat === "mlx-lm" ? 1 : 0;
    return (
      validation !== undefined && (step === first || step % settings.stepsPerEval === 0 || step === settings.iters)
    );
  }

  #isStopped(): boolean {
    const { earlyStopping } = this.#run.settings;
    return earlyStopping > 0 && this.#progress.worse >= earlyStopping;
  }

  #trainOn(batch: B): void {
    const { settings, objective, rateAt, reducer, callbacks } = this.#run;
    const progress = this.#progress;
    const started = performance.now();
    const step = progress.step + 1;
    const weight = objective.weight(batch);
    const compat = settings.compat === "mlx-lm";
    if (weight === 0 && !compat && !batch.standIn) throw nothingCounts(batch, step);
    const last = step === settings.iters && !compat;
    const update = step % settings.gradAccumulationSteps === 0 || last;
    const everywhere = compat ? weight : reducer.sum([weight])[0]!;
    const all = progress.accumulated + everywhere;
    const rate = rateAt(this.#stepper.state.updates);
    const { loss, norm } = mx.tidy(() =>
      this.#stepper.step({
        batch: objective.arrays(batch),
        blend: all === 0 ? 1 : everywhere / all,
        share: compat ? 1 : weight / everywhere,
        rate: mx.array(rate, "float32"),
        update,
      }),
    );
    if (!Number.isFinite(loss) || (norm !== undefined && !Number.isFinite(norm))) {
      throw this.#notFinite(batch, step, Number.isFinite(loss) ? "gradient" : "loss", loss);
    }
    // Of all processes, so that a checkpoint, which one of them writes, is of all.
    const [losses, weights, stopped] = reducer.sum([
      compat ? loss : loss * weight,
      weight,
      this.#run.signal.aborted ? 1 : 0,
    ]) as [number, number, number];
    this.#stopped ||= stopped > 0;
    progress.step = step;
    progress.updates = this.#stepper.state.updates;
    progress.accumulated = update ? 0 : all;
    progress.pending.loss += losses;
    progress.pending.weight += weights;
    progress.pending.steps++;
    if (mx.cacheMemory() > settings.clearCacheThresholdBytes) mx.clearCache();
    this.#seconds += (performance.now() - started) / 1000;
    reducer.beat();
    const tokens = progress.trainedTokens + progress.pending.weight;
    callbacks.onStep?.({ step, iters: settings.iters, loss, tokens, rate, memory: mx.peakMemory() });
  }

  #report(): void {
    const { settings, rateAt, reducer, callbacks } = this.#run;
    const progress = this.#progress;
    const { step, pending } = progress;
    if (step % settings.stepsPerReport !== 0 && step !== settings.iters) return;
    const { loss, weight } = pending;
    progress.trainedTokens += weight;
    this.#lastLoss = loss / (settings.compat === "mlx-lm" ? pending.steps * reducer.world : weight);
    const report: TrainMetrics = {
      kind: "train",
      step,
      loss: this.#lastLoss,
      learning_rate: rateAt(Math.max(0, progress.updates - 1)),
      tokens_per_second: weight / this.#seconds,
      trained_tokens: progress.trainedTokens,
      peak_memory: mx.peakMemory() / 1e9,
    };
    this.#metrics?.write(report);
    callbacks.onTrainReport?.({ ...report, iterations_per_second: pending.steps / this.#seconds });
    progress.pending = { loss: 0, weight: 0, steps: 0 };
    this.#seconds = 0;
  }

  async #validate(): Promise<void> {
    const { settings, validation, objective, reducer, callbacks } = this.#run;
    const progress = this.#progress;
    const compat = settings.compat === "mlx-lm";
    // An evaluation of mlx-lm's moves its random numbers, so there it is never cut short.
    // Nor may one process of several leave the others waiting for its part.
    const signal = compat || reducer.world > 1 ? undefined : this.#run.signal;
    if (!validation) return;
    const started = performance.now();
    const result = await evaluate(this.trainedParams, validation(), objective, { reducer, signal });
    if (!result) return this.#interrupt();
    const { step } = progress;
    progress.validated = true;
    this.#lastValidation = result.loss;
    const report: ValidationMetrics = { kind: "val", step, loss: result.loss };
    this.#metrics?.write(report);
    callbacks.onValidationReport?.({ ...report, seconds: (performance.now() - started) / 1000 });
    if (step === 0) return;
    const better = result.loss < (progress.best?.loss ?? Number.POSITIVE_INFINITY);
    progress.worse = better ? 0 : progress.worse + 1;
    if (!better) return;
    progress.best = { loss: result.loss, step };
    const best = join(settings.adapterPath, "best");
    if (this.#writes) await saveAdapter(best, this.#stepper.state.parameters, this.#run.adapterConfig);
  }

  /** Gradients that wait for an update differ between processes, and a checkpoint is of one. */
  get #isWhole(): boolean {
    return this.#run.reducer.world === 1 || this.#progress.accumulated === 0;
  }

  /** The checkpoint, mlx-lm's `adapters.safetensors`, and its numbered copy. */
  async #save(numbered: boolean): Promise<void> {
    const { settings, data, callbacks } = this.#run;
    const { step } = this.#progress;
    this.#postponed = !this.#isWhole;
    if (!this.#postponed) this.#savedAt = step;
    if (!this.#writes) return;
    const { state } = this.#stepper;
    this.#progress.data = data.state();
    this.#progress.metricsBytes = this.#metrics!.bytes;
    if (!this.#postponed) writeCheckpoint(settings.adapterPath, this.#progress, state);
    await saveAdapterWeights(settings.adapterPath, state.parameters);
    if (!numbered) return;
    const name = `${String(step).padStart(7, "0")}_adapters.safetensors`;
    await saveAdapterWeights(settings.adapterPath, state.parameters, name);
    callbacks.onSave?.({ step, path: join(settings.adapterPath, name) });
  }

  async #interrupt(): Promise<never> {
    const { step } = this.#progress;
    if (this.#savedAt !== step) await this.#save(false);
    throw new InterruptedError(`the checkpoint of step ${step} is written: the same command with --resume goes on`);
  }

  #notFinite(batch: B, step: number, what: string, loss: number): MdpError {
    const kept = this.#savedAt ?? this.#run.resume?.progress.step;
    const from = kept === undefined ? "" : `; the checkpoint of step ${kept} is kept, --resume goes on from it`;
    return new MdpError({
      code: "loss-not-finite",
      message: `the ${what} of step ${step} is ${what === "loss" ? loss : "not finite"}`,
      where: rowsOf(batch),
      hint: `look at these rows, lower the learning rate or set --max-grad-norm${from}`,
    });
  }

  [Symbol.dispose](): void {
    this.#stepper[Symbol.dispose]();
  }
}

function fresh(fixed: Readonly<Record<string, unknown>>): Progress {
  return {
    version: 1,
    step: 0,
    updates: 0,
    data: {},
    pending: { loss: 0, weight: 0, steps: 0 },
    accumulated: 0,
    trainedTokens: 0,
    best: null,
    worse: 0,
    validated: false,
    metricsBytes: 0,
    fixed: { ...fixed },
  };
}

function nothingCounts(batch: NamedRows, step: number): MdpError {
  return new MdpError({
    code: "fully-masked",
    message: `no token of the batch of step ${step} counts in the loss`,
    where: rowsOf(batch),
    hint: "the prompts may fill the rows: raise --max-seq-length, or leave out --mask-prompt",
  });
}

function rowsOf(batch: NamedRows): string {
  return Array.from({ length: batch.rows }, (_, row) => batch.where(row)).join(", ");
}
