/** The settings of a run under mlx-lm's names: what `adapter_config.json` holds, and what a resumed run must share. */
import { UsageError } from "../core/errors.ts";
import { buildSchedule, constantSchedule, type Schedule } from "../mlx/optim/index.ts";
import type { AdapterSpec } from "../models/adapters/adapter.ts";
import type { TrainSettings } from "./config.ts";

/** What is trained, and in which layers. */
export function adapterSpec(settings: TrainSettings): AdapterSpec {
  return {
    method: settings.fineTuneType,
    numLayers: settings.numLayers,
    lora: {
      rank: settings.loraRank,
      scale: settings.loraScale,
      dropout: settings.loraDropout,
      keys: settings.loraKeys,
    },
  };
}

/** Options of the chosen optimizer: of `{"weight_decay": …}`, or of mlx-lm's `{"adamw": {"weight_decay": …}}`. */
export function optimizerOptions({ optimizer, optimizerConfig }: TrainSettings): Record<string, unknown> {
  if (optimizerConfig === undefined) return {};
  let options: unknown;
  try {
    options = JSON.parse(optimizerConfig);
  } catch {
    throw new UsageError(
      `the options of the optimizer are no JSON: ${optimizerConfig}`,
      `write them as '{"weight_decay": 0.01}'`,
    );
  }
  if (!isRecord(options)) throw new UsageError("the options of the optimizer must be a JSON object");
  const byName = Object.values(options).length > 0 && Object.values(options).every((own) => isRecord(own));
  if (!byName) return options;
  const own = options[optimizer];
  return isRecord(own) ? own : {};
}

/** The learning rate by updates done. */
export function scheduleOf(settings: TrainSettings): Schedule {
  const { lrSchedule: name, lrScheduleArguments: given, warmup, warmupInit } = settings;
  if (name !== "constant") return buildSchedule({ ...scheduleConfig(settings), arguments: given ?? [] });
  if (given) throw new UsageError("lrScheduleArguments are given without lrSchedule", "name a schedule, or leave them");
  if (warmup === 0) return constantSchedule(settings.learningRate);
  return buildSchedule({
    name: "linear_schedule",
    arguments: [settings.learningRate, settings.learningRate, 1],
    warmup,
    warmup_init: warmupInit,
  });
}

function scheduleConfig(settings: TrainSettings) {
  const { lrSchedule: name, lrScheduleArguments: given, warmup, warmupInit } = settings;
  if (name === "constant") return null;
  return { name, arguments: given ?? [], warmup, warmup_init: warmupInit };
}

/** All settings in mlx-lm's form, so that mlx-lm loads the adapter. */
export function adapterConfig(
  settings: TrainSettings,
  { model, data, test }: { model: string; data: string; test: boolean },
): Record<string, unknown> {
  const full = settings.fineTuneType === "full";
  const { rank, scale, dropout, keys } = adapterSpec(settings).lora;
  const own = Object.entries(settings).filter(([key]) => !elsewhere.has(key));
  return {
    ...Object.fromEntries(own.map(([key, value]) => [snakeCase(key), value])),
    model,
    data,
    train: true,
    test,
    config: null,
    clear_cache_threshold: settings.clearCacheThresholdBytes,
    resume_adapter_file: settings.resumeAdapterFile ?? null,
    lora_parameters: full ? null : { rank, dropout, scale, ...(keys ? { keys } : {}) },
    lr_schedule: scheduleConfig(settings),
    optimizer_config: { [settings.optimizer]: optimizerOptions(settings) },
  };
}

/** Settings whose change would make a resumed run another one; its files of rows are compared by their contents. */
export function fixedSettings(settings: TrainSettings, model: string): Record<string, unknown> {
  const { fineTuneType, optimizer, seed, numLayers, batchSize, maxSeqLength, gradAccumulationSteps } = settings;
  const { maskPrompt, compat, loraRank, loraScale, loraDropout, loraKeys } = settings;
  const own = { fineTuneType, optimizer, seed, numLayers, batchSize, maxSeqLength, gradAccumulationSteps };
  return { model, ...own, maskPrompt, compat, loraRank, loraScale, loraDropout, loraKeys: loraKeys ?? null };
}

/** Keys that stand under another name, or one level deeper. */
const elsewhere = new Set([
  "loraRank",
  "loraScale",
  "loraDropout",
  "loraKeys",
  "lrSchedule",
  "lrScheduleArguments",
  "warmup",
  "warmupInit",
  "optimizerConfig",
  "clearCacheThresholdBytes",
]);

const snakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
