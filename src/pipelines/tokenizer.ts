/** `tokenizer train`: a tokenizer of one's own from the texts of files. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Reject } from "../core/document.ts";
import { InterruptedError, UsageError } from "../core/errors.ts";
import { NewFile } from "../core/new-file.ts";
import { type Project, pathOfUri } from "../core/project.ts";
import type { IngestSettings } from "../ingest/config.ts";
import { openReaderPool, readItem } from "../ingest/read.ts";
import { listLocal, listPaths, rootOf } from "../ingest/sources/local.ts";
import type { SourceItem } from "../ingest/sources/source.ts";
import type { TokenizerSettings } from "../tokenizers/train/config.ts";
import { type TrainProgress, trainTokenizer } from "../tokenizers/train/train.ts";
import { FAILURES_SHOWN, type Failure, failureOf } from "./ingest/report.ts";
import { idWidth } from "./tokenizer-text.ts";

export interface TrainRequest {
  project: Project;
  /** Files, folders, globs, or `-` for a list of paths on `stdin`. */
  inputs: readonly string[];
  stdin: AsyncIterable<string>;
  reading: IngestSettings;
  settings: TokenizerSettings;
  /** Folder of the tokenizer's files; made when it is not there. */
  out: string;
  /** Replace a tokenizer that is there. */
  overwrite: boolean;
  signal: AbortSignal;
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
  const found: Found = { rejects: 0, failures: [], skipped: {} };
  try {
    const trained = await trainTokenizer(textsOf(request, found), trainSettings(settings), {
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

interface Found {
  rejects: number;
  failures: Failure[];
  skipped: Record<string, number>;
}

/** The texts of all inputs, one after the other: the order decides ties, so that nothing is read ahead. */
async function* textsOf(request: TrainRequest, found: Found): AsyncGenerator<string> {
  const { reading, signal } = request;
  await using pool = openReaderPool({ ...reading, concurrency: 1 });
  const onSkip = ({ reason }: { reason: string }) => {
    found.skipped[reason] = (found.skipped[reason] ?? 0) + 1;
  };
  for await (const item of itemsOf(request, onSkip, (reject) => note(found, pathOfUri(reject.uri), reject))) {
    for await (const read of readItem(item, reading, { signal, pool, onSkip })) {
      if ("reject" in read) note(found, item.shown, read.reject);
      else yield read.document.text;
    }
  }
}

async function* itemsOf(
  { project, inputs, stdin, reading }: TrainRequest,
  onSkip: (skip: { reason: string }) => void,
  onReject: (reject: Reject) => void,
): AsyncGenerator<SourceItem> {
  for (const input of inputs) {
    if (input === "-") {
      yield* listPaths(project, stdin, reading, { onSkip, onReject });
    } else if ((await rootOf(project, input)).exists) {
      yield* listLocal(project, input, reading, { onSkip, onReject });
    } else {
      throw new UsageError(`there is no file or folder "${input}"`, "check the path; quote glob patterns");
    }
  }
}

function note(found: Found, path: string, reject: Reject): void {
  found.rejects++;
  if (found.failures.length < FAILURES_SHOWN) found.failures.push(failureOf(path, reject));
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
