/** `tokenizer train`: a tokenizer of one's own from the texts of files. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { InterruptedError, UsageError } from "../core/errors.ts";
import { NewFile } from "../core/new-file.ts";
import type { TokenizerSettings } from "../tokenizers/train/config.ts";
import { type TrainProgress, trainTokenizer } from "../tokenizers/train/train.ts";
import type { Failure } from "./ingest/report.ts";
import { nothingFound, readTexts, type TextsRequest } from "./texts.ts";
import { idWidth } from "./tokenizer-text.ts";

export interface TrainRequest extends TextsRequest {
  settings: TokenizerSettings;
  /** Folder of the tokenizer's files; made when it is not there. */
  out: string;
  /** Replace a tokenizer that is there. */
  overwrite: boolean;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
}

export interface TrainReport {
  out: string;
  model: string;
  vocabSize: number;
  /** BPE: merges; 0 for the others. */
  merges: number;
  /** Integers that hold every id. */
  ids: "u16" | "u32";
  /** Files and rows that were read. */
  texts: number;
  characters: number;
  words: number;
  /** Over the limit of words: how many were dropped, and how often those had come. */
  forgotten: { words: number; occurrences: number };
  /** Records that could not be read, and the first of them. */
  rejects: number;
  failures: Failure[];
  skipped: Record<string, number>;
  seconds: number;
}

/** Distinct words that take about a gigabyte; those of Unigram, with all ways to cut them, take eight times as much. */
const WORDS = 2_000_000;
const UNIGRAM_WORDS = 500_000;

/**
 * Trains a tokenizer on the texts of the inputs, in their order, and writes its files.
 *
 * @throws InterruptedError when the signal aborts: nothing is written.
 * @throws UsageError when the folder holds a tokenizer, or the settings cannot be met.
 * @throws MdpError when the inputs hold no text, or the files cannot be written.
 */
export async function trainOnFiles(request: TrainRequest): Promise<TrainReport> {
  const { settings, out, signal } = request;
  if (!request.overwrite && existsSync(join(out, "tokenizer.json"))) {
    throw new UsageError(`${out} holds a tokenizer already`, "choose another folder, or replace it with --overwrite");
  }
  const started = performance.now();
  const found = nothingFound();
  try {
    const trained = await trainTokenizer(readTexts(request, found), trainSettings(settings), {
      signal,
      onProgress: request.onProgress,
    });
    mkdirSync(out, { recursive: true });
    for (const [name, content] of Object.entries(trained.files)) await write(join(out, name), content);
    const { vocabSize, merges, texts, characters, words, forgotten } = trained;
    return {
      out,
      model: settings.tokenizerModel,
      vocabSize,
      merges,
      ids: idWidth(vocabSize),
      ...{ texts, characters, words, forgotten, ...found },
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    throw signal.aborted ? new InterruptedError("nothing was written") : error;
  }
}

function trainSettings(settings: TokenizerSettings) {
  const { tokenizerModel, vocabSize, minFrequency, wordPattern, lowercase, specialTokens, maxDistinctWords } = settings;
  return {
    model: tokenizerModel,
    ...{ vocabSize, minFrequency, lowercase, specialTokens },
    pattern: wordPattern,
    maxWords: maxDistinctWords ?? (tokenizerModel === "unigram" ? UNIGRAM_WORDS : WORDS),
  };
}

async function write(path: string, content: string): Promise<void> {
  const file = await NewFile.create(path);
  try {
    await file.append(new TextEncoder().encode(content));
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.commit();
}
