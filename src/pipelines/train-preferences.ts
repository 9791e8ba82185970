/** `train-preferences`: preference pairs and a model in; an adapter that prefers as they do out. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MdpError, UsageError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import { KeySequence } from "../mlx/nn/key-sequence.ts";
import type { Params } from "../mlx/nn/params.ts";
import { createOptimizer } from "../mlx/optim/index.ts";
import { findModel } from "../models/find.ts";
import { type LoadedDecoder, openDecoder } from "../models/load-decoder.ts";
import { openChatTemplate } from "../tokenizers/chat-template-files.ts";
import { openTokenizer } from "../tokenizers/open.ts";
import { adapterConfig, fixedSettings, optimizerOptions, scheduleOf } from "../train/adapter-config.ts";
import type { TrainSettings } from "../train/config.ts";
import { contentsOf } from "../train/data/index.ts";
import { joinRun, startedAsRank } from "../train/distributed/rank.ts";
import { type Reducer, singleReducer } from "../train/distributed/reducer.ts";
import { type PreferenceScores, preference, type ReferenceOf, scorePairs } from "../train/dpo.ts";
import type { Logits } from "../train/objective.ts";
import { type DpoOptions, dpoOptions } from "../train/objectives/dpo.ts";
import { type PairBatchOptions, pairEvaluation, pairSource } from "../train/preferences/batches.ts";
import type { PreferenceSettings } from "../train/preferences/config.ts";
import { openPairs, type PreferencePairs } from "../train/preferences/pairs.ts";
import { runTraining, type TrainCallbacks, type TrainingResult } from "../train/trainer.ts";
import { lockAdapter } from "./train/lock.ts";
import { drawLosses, heardOf, noteEarlierRun, noteEarlyEnd, noteUnusedRate, type OnNote } from "./train/notes.ts";
import { noteReference, openReference } from "./train/reference.ts";
import { matchingCheckpoint, startingParams, withFewerLayers } from "./train/start.ts";

export interface TrainPreferencesRequest {
  /** A folder, or a name as `mdp model list` shows it. */
  model: string;
  /** Folder of train.jsonl and perhaps valid.jsonl. */
  data: string;
  settings: TrainSettings;
  preferences: PreferenceSettings;
  /** Go on from the last checkpoint. */
  resume: boolean;
  backend?: mx.distributed.Backend | undefined;
  signal: AbortSignal;
  callbacks?: TrainCallbacks;
  /** What was noted before, for `onNote`. */
  notes?: readonly string[];
  /** What is worth knowing before the start. */
  onNote?: OnNote;
}

export interface TrainPreferencesReport extends TrainingResult {
  adapterPath: string;
  pairs: number;
  /** How the pairs of valid.jsonl stand after training; null without that file. */
  scores: PreferenceScores | null;
}

/**
 * Trains as `train` does, with the same files, on pairs instead of rows. The reference is the model without adapters,
 * or with one of its own; where all weights are trained, what they are at the start.
 *
 * @throws UsageError for mlx-lm's mode, which has no such training, and for what `dpoOptions` refuses
 */
export async function trainPreferences(request: TrainPreferencesRequest): Promise<TrainPreferencesReport> {
  const { settings } = request;
  if (settings.compat === "mlx-lm") {
    throw new UsageError("mlx-lm has no training on preferences", "leave out --compat");
  }
  // Before the model is read.
  dpoOptions(request.preferences);
  const backend = request.backend ?? startedAsRank();
  using reducer = backend ? joinRun(backend) : singleReducer();
  using model = await openDecoder(findModel(request.model).dir);
  using train = await openSplit(request, model, "train");
  if (!train || train.length === 0) {
    throw new MdpError({
      code: "no-rows",
      message: "there are no pairs in train.jsonl",
      where: request.data,
      hint: 'write {"prompt": "…", "chosen": "…", "rejected": "…"} a line',
    });
  }
  using valid = await openSplit(request, model, "valid");
  const heard = heardOf(request, reducer.rank);
  const fitting = { ...heard, settings: withFewerLayers(heard, model.decoder) };
  const report = await fit(fitting, reducer, model, train, valid);
  reducer.end();
  return report;
}

async function fit(
  request: TrainPreferencesRequest,
  reducer: Reducer,
  model: LoadedDecoder,
  train: PreferencePairs,
  valid: PreferencePairs | undefined,
): Promise<TrainPreferencesReport> {
  const { settings, preferences, onNote } = request;
  using _lock = lockAdapter(settings.adapterPath, reducer.rank, "train-preferences");
  const { referenceAdapter = null } = preferences;
  const dpo = dpoOptions(preferences);
  const contents = contentsOf({ train, valid });
  const fixed = { ...fixedSettings(settings, request.model), ...dpo, referenceAdapter, contents };
  using keys = new KeySequence(settings.seed);
  const { params, trainable } = startingParams(model, settings, keys);
  const logits: Logits = (tree, input) => model.decoder.head(tree, model.decoder.forward(tree, input));
  const options: PairBatchOptions = { ...settings, rank: reducer.rank, world: reducer.world };
  try {
    using reference = await openReference(model, params, trainable, settings, referenceAdapter);
    const referenceOf = reference.of;
    const resume = request.resume ? matchingCheckpoint(settings.adapterPath, fixed, request.data) : undefined;
    if (resume) onNote?.(`Going on from step ${resume.progress.step}`);
    else noteEarlierRun(settings.adapterPath, onNote);
    noteUnusedRate(settings, onNote);
    if (referenceAdapter === null) noteReference(settings, onNote);
    let scores: PreferenceScores | null = null;
    const result = await runTraining(
      {
        settings,
        params,
        trained: trainable,
        objective: preference(logits, referenceOf, dpo),
        optimizer: createOptimizer(settings.optimizer, optimizerOptions(settings)),
        rateAt: scheduleOf(settings),
        key: keys.state,
        data: pairSource(train, options, resume?.progress.data),
        validation:
          valid && settings.valBatches !== 0 ? () => pairEvaluation(valid, options, settings.valBatches) : undefined,
        adapterConfig: adapterConfig(settings, { ...request, test: false }),
        fixed,
        reducer,
        resume,
        signal: request.signal,
        callbacks: request.callbacks ?? {},
      },
      async (trained) => {
        if (valid)
          scores = await scoreAll({ logits, referenceOf, dpo, reducer }, trained, pairEvaluation(valid, options, -1));
      },
    );
    if (reducer.rank === 0) drawLosses(settings.adapterPath, onNote);
    noteEarlyEnd(result, settings, onNote);
    return { ...result, adapterPath: settings.adapterPath, pairs: train.length, scores };
  } finally {
    mx.disposeAll(params);
  }
}

async function openSplit(
  { data, settings }: TrainPreferencesRequest,
  model: LoadedDecoder,
  split: string,
): Promise<PreferencePairs | undefined> {
  const path = join(data, `${split}.jsonl`);
  if (!existsSync(path)) return undefined;
  const tools = {
    tokenizer: await openTokenizer(model.dir),
    eos: model.eosIds[0],
    chatTemplate: () => openChatTemplate(model.dir),
    vocabSize: model.decoder.config.vocab_size,
  };
  return await openPairs(path, tools, settings.maxSeqLength);
}

interface Scoring {
  logits: Logits;
  referenceOf: ReferenceOf;
  dpo: DpoOptions;
  reducer: Reducer;
}

/** Means over the pairs of all processes. */
async function scoreAll(
  { logits, referenceOf, dpo, reducer }: Scoring,
  params: Params,
  batches: ReturnType<typeof pairEvaluation>,
): Promise<PreferenceScores> {
  const sums = [0, 0, 0, 0];
  for await (const batch of batches) {
    const { loss, accuracy, margin } = scorePairs(logits, params, referenceOf, batch, dpo);
    [loss, accuracy, margin, 1].forEach((value, i) => {
      sums[i]! += value * batch.rows;
    });
  }
  const [loss, accuracy, margin, pairs] = reducer.sum(sums) as [number, number, number, number];
  return { loss: loss / pairs, accuracy: accuracy / pairs, margin: margin / pairs };
}
