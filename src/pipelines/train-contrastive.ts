/** Pairs of texts and an embedding model in, a model that knows their domain out. */
import { dirname, resolve } from "node:path";
import { MdpError, UsageError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import { checkNewModelFolder } from "../models/convert/new-folder.ts";
import { findModel, modelName } from "../models/find.ts";
import { readModelFolder } from "../models/folder.ts";
import { loadArchitecture } from "../models/index.ts";
import { loadParams } from "../models/load.ts";
import { saveEncoder } from "../models/save-encoder.ts";
import { parseTokenizer } from "../tokenizers/load.ts";
import type { ContrastiveSettings } from "../train/contrastive/config.ts";
import type { TrainedEncoder } from "../train/contrastive/encode.ts";
import { type RetrievalScores, scoreRetrieval } from "../train/contrastive/evaluate.ts";
import { type FitProgress, fitContrastive } from "../train/contrastive/fit.ts";
import { type ContrastiveRow, holdOut, readContrastiveRows } from "../train/contrastive/rows.ts";

export interface TrainContrastiveRequest {
  /** Name or path, as `embed.model`. */
  model: string;
  /** JSONL of `{"anchor", "positive", "negative"?}`. */
  data: string;
  /** Folder to write; must not exist. */
  out: string;
  /** Write over a model that is there. */
  overwrite?: boolean | undefined;
  settings: ContrastiveSettings;
  signal: AbortSignal;
  onStep?: (progress: FitProgress) => void;
}

export interface TrainContrastiveReport {
  model: string;
  out: string;
  /** Rows that were trained on. */
  rows: number;
  heldOut: number;
  /** Lines that are no row. */
  rejects: number;
  /** The first of them. */
  failures: { where: string; message: string }[];
  steps: number;
  /** Mean over the last epoch. */
  loss: number;
  /** Retrieval among the held-out rows, where there are any. */
  before: RetrievalScores | null;
  after: RetrievalScores | null;
  seconds: number;
}

/** Rejects that a report quotes. */
const QUOTED = 10;

/**
 * Fine-tunes all weights of an encoder and saves them as a folder that `embed.model` takes.
 *
 * @throws UsageError for too few rows, MdpError `exists` for an output that is there or, with `overwrite`, is no model
 */
export async function trainContrastive(request: TrainContrastiveRequest): Promise<TrainContrastiveReport> {
  const started = performance.now();
  const out = resolve(request.out);
  checkNewModelFolder(out, { overwrite: request.overwrite, source: findModel(request.model).dir });
  const data = await readRows(request);
  const model = await openModel(request);
  const params = loadParams(model.encoder, model.folder.weightFiles);
  try {
    const score = (trained: typeof params) =>
      data.held.length === 0 ? null : scoreRetrieval(model, trained, data.held);
    const before = score(params);
    return await fitContrastive({ ...request, model, params, rows: data.train }, async (trained, fit) => {
      const after = score(trained);
      const { validation: _, ...settings } = request.settings;
      const from = { model: modelName(request.model), settings };
      await saveEncoder(model.folder, model.encoder, trained, out, { overwrite: request.overwrite, from });
      return {
        model: request.model,
        out,
        rows: data.train.length,
        heldOut: data.held.length,
        rejects: data.rejects.length,
        failures: data.rejects.slice(0, QUOTED),
        ...fit,
        before,
        after,
        seconds: (performance.now() - started) / 1000,
      };
    });
  } finally {
    mx.disposeAll(params);
    mx.clearCache();
  }
}

interface Data {
  train: ContrastiveRow[];
  held: ContrastiveRow[];
  rejects: { where: string; message: string }[];
}

async function readRows({ data, settings }: TrainContrastiveRequest): Promise<Data> {
  const { validation, holdOut: share } = settings;
  const { rows, rejects } = await readContrastiveRows(data);
  const held = validation === undefined ? undefined : await readContrastiveRows(validation);
  const found: Data = held
    ? { train: rows, held: held.rows, rejects: [...rejects, ...held.rejects] }
    : { ...holdOut(rows, share, settings.seed), rejects };
  if (found.train.length >= 2) return found;
  const [first] = rejects;
  throw new UsageError(
    `${found.train.length} rows are left to train on, and two are needed` +
      (first ? `; ${rejects.length} lines are no rows, first: ${first.message}` : ""),
    'each line is an object such as {"anchor": "…", "positive": "…", "negative": "…"}',
    first?.where ?? data,
  );
}

async function openModel({ model, settings: { maxTokens } }: TrainContrastiveRequest): Promise<TrainedEncoder> {
  const { dir } = findModel(model);
  const folder = await readModelFolder(dir, modelName(model));
  if (maxTokens !== undefined && maxTokens > folder.maxTokens) {
    throw new MdpError({
      code: "max-tokens",
      message: `${maxTokens} tokens are more than the model's ${folder.maxTokens}`,
      where: dir,
      hint: "take fewer, or leave it out",
    });
  }
  if (folder.dense.length > 0 || !folder.includePrompt || dirname(folder.configPath) !== folder.dir) {
    throw new MdpError({
      code: "model-unsupported",
      message:
        "training takes models of one folder whose vectors are pooled with the prompt and then normalised at most",
      where: dir,
      hint: "take another model",
    });
  }
  const factory = await loadArchitecture(folder.modelType, folder.configPath);
  return {
    folder,
    encoder: factory(folder.config, folder.configPath),
    tokenizer: parseTokenizer(await Bun.file(folder.tokenizerPath).text(), folder.tokenizerPath),
    maxTokens: maxTokens ?? folder.maxTokens,
  };
}
