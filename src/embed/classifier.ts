/** Scores of texts by a sequence classifier, with MLX. */
import { MdpError } from "../core/errors.ts";
import type { Classifier } from "../core/ports.ts";
import * as mx from "../mlx/index.ts";
import { type ClassifierFolder, readClassifierFolder, type Scoring } from "../models/classifier-folder.ts";
import { type LoadedClassifier, loadClassifier } from "../models/load-classifier.ts";
import { padBatch } from "../models/pad-batch.ts";
import { openTokenizer } from "../tokenizers/open.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { planRounds } from "./batches.ts";
import { computeBatches, type Device, nextTurn, openDevice } from "./device.ts";

/** Texts that are tokenized and sorted together. */
const WINDOW_TEXTS = 4096;
/** A token of real text is shorter; what lies behind `maxTokens` times as many characters is not even tokenized. */
const MAX_CHARS_PER_TOKEN = 100;
/** The highest mark of the regression models in use, FineWeb-Edu's and those made after it. */
const HIGHEST_MARK = 5;

export interface ClassifierOptions {
  /** Tokens of one batch, padding counted; by default what suits the device. */
  batchTokens?: number;
}

/**
 * Opens the classifier in a folder as transformers saves it (`config.json`, `model.safetensors`, `tokenizer.json`):
 * BERT, DistilBERT or RoBERTa with a head for sequence classification. Scores are its softmax, or each label's sigmoid
 * where `problem_type` says so or there is one label. The mark of a regression model (0 to 5, as FineWeb-Edu's) is
 * divided by 5 and cut to 0..1. A longer text than the model takes is scored by its beginning. Dispose of it to free
 * its weights.
 */
export async function openClassifier(dir: string, options: ClassifierOptions = {}): Promise<Classifier> {
  const folder = await readClassifierFolder(dir);
  const tokenizer = await openTokenizer(dir);
  const device = openDevice(options.batchTokens);
  try {
    return new MlxClassifier({ folder, tokenizer, model: await loadClassifier(folder), device });
  } catch (error) {
    for (const stream of device.streams) stream.dispose();
    throw error;
  }
}

interface Parts {
  folder: ClassifierFolder;
  tokenizer: Tokenizer;
  model: LoadedClassifier;
  device: Device;
}

class MlxClassifier implements Classifier {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.folder.name;
  }

  get labels(): readonly string[] {
    return this.#parts.folder.labels;
  }

  async classify(texts: readonly string[]): Promise<Float32Array> {
    const scores = new Float32Array(texts.length * this.labels.length);
    for (let first = 0; first < texts.length; first += WINDOW_TEXTS) {
      await this.#window(texts.slice(first, first + WINDOW_TEXTS), first, scores);
    }
    return scores;
  }

  /** Scores the texts whose rows start at `first`. */
  async #window(texts: string[], first: number, scores: Float32Array) {
    const { folder, tokenizer, device } = this.#parts;
    const { maxTokens } = folder;
    const width = this.labels.length;
    const ids = texts.map(
      (text) => tokenizer.encode(text.slice(0, maxTokens * MAX_CHARS_PER_TOKEN).toWellFormed(), { maxTokens }).ids,
    );
    const plan = { batchTokens: device.batchTokens, streams: device.streams.length };
    for (const round of planRounds(
      ids.map(({ length }) => length),
      plan,
    )) {
      await nextTurn();
      const results = this.#compute(round.map((batch) => batch.map((index) => ids[index]!)));
      round.forEach((batch, b) => {
        batch.forEach((index, row) => {
          scores.set(results[b]!.subarray(row * width, (row + 1) * width), (first + index) * width);
        });
      });
    }
    const broken = scores.subarray(first * width, (first + texts.length) * width).findIndex((score) => !(score >= 0));
    if (broken !== -1) throw notANumber(folder, this.labels[broken % width]!);
  }

  #compute(batches: Uint32Array[][]): Float32Array[] {
    const { folder, model, device } = this.#parts;
    return computeBatches(batches, device.streams, (batch) => {
      const { present, ...input } = padBatch(batch);
      return scored(model.logits(input, present), folder.scoring);
    });
  }

  [Symbol.dispose](): void {
    this.#parts.model[Symbol.dispose]();
    for (const stream of this.#parts.device.streams) stream.dispose();
    mx.clearCache();
  }
}

function scored(logits: mx.MlxArray, scoring: Scoring): mx.MlxArray {
  if (scoring === "softmax") return mx.softmax(logits, -1, true);
  if (scoring === "sigmoid") return mx.sigmoid(logits);
  return mx.minimum(mx.maximum(mx.divide(logits, HIGHEST_MARK), 0), 1);
}

function notANumber(folder: ClassifierFolder, label: string): MdpError {
  return new MdpError({
    code: "model-weights",
    message: `the model's score for "${label}" is not a number`,
    where: folder.weightFiles[0]!,
    hint: "its weights are damaged or were saved while they diverged: download the model again",
  });
}
