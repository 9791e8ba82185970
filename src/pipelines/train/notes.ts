/** What a run says beside its reports: once before it begins, and once when it is done. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { optimizerOptions } from "../../train/adapter-config.ts";
import { newestCheckpoint } from "../../train/checkpoint.ts";
import { TrainSettings } from "../../train/config.ts";
import { lossCurveSvg, sparkline } from "../../train/loss-curve.ts";
import { readMetrics } from "../../train/metrics.ts";
import type { TrainingResult } from "../../train/trainer.ts";

export type OnNote = ((note: string) => void) | undefined;

/** Who hears of a run. */
export interface Hearing {
  callbacks?: object;
  /** What was noted before the run. */
  notes?: readonly string[];
  onNote?: OnNote;
}

/** One process speaks for all: the first says what was noted, and the others' callbacks are left out. */
export function heardOf<T extends Hearing>(request: T, rank: number): T {
  if (rank > 0) return { ...request, callbacks: {}, onNote: undefined };
  for (const note of request.notes ?? []) request.onNote?.(note);
  return request;
}

/** The default folder is the same for all runs: say so before another run's files are replaced. */
export function noteEarlierRun(adapterPath: string, onNote: OnNote): void {
  const step = newestCheckpoint(adapterPath)?.step;
  if (step === undefined) return;
  onNote?.(`${adapterPath} holds the checkpoint of step ${step} of an earlier run, which this run replaces`);
}

/** Adafactor takes its rate from the step, as MLX's does by default, whatever rate was asked for. */
export function noteUnusedRate(settings: TrainSettings, onNote: OnNote): void {
  if (settings.optimizer !== "adafactor" || optimizerOptions(settings).relative_step === false) return;
  const defaults = v.parse(TrainSettings, {});
  const keys = ["learningRate", "lrSchedule", "warmup"] as const;
  if (keys.every((key) => settings[key] === defaults[key])) return;
  onNote?.(
    "Adafactor follows no learning rate unless it is told to: add --optimizer-config " +
      `'{"relative_step": false}', or leave out the rate, its schedule and its warm-up`,
  );
}

/** Why a run ended before its last step, and where its best weights are. */
export function noteEarlyEnd(
  { stoppedEarly, steps, best }: Pick<TrainingResult, "stoppedEarly" | "steps" | "best">,
  { earlyStopping, adapterPath }: TrainSettings,
  onNote: OnNote,
): void {
  if (!stoppedEarly) return;
  const many = earlyStopping === 1 ? "a validation was" : `${earlyStopping} validations in a row were`;
  const why = best
    ? `${many} no better than that of step ${best.step}, ${best.loss.toFixed(3)}, ` +
      `whose weights are in ${join(adapterPath, "best")}`
    : "no validation gave a loss";
  onNote?.(`Stopped early, after step ${steps}: ${why}`);
}

/** `loss.svg` beside the metrics, and the same as one line. */
export function drawLosses(adapterPath: string, onNote: OnNote): void {
  const metrics = readMetrics(join(adapterPath, "metrics.jsonl"));
  writeFileSync(join(adapterPath, "loss.svg"), lossCurveSvg(metrics));
  const line = sparkline(metrics);
  if (line.length > 1) onNote?.(`Loss ${line}`);
}
