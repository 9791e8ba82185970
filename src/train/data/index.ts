/** Opens what a model is trained, validated and tested on: a folder of JSONL files, or of shards. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { MdpError, UsageError } from "../../core/errors.ts";
import { Mt19937 } from "../../core/mt19937.ts";
import type { TrainSettings } from "../config.ts";
import type { BatchSource, DataState, EvaluationSet } from "./batch.ts";
import { bucketedEvaluation, bucketedSource } from "./bucketed-batches.ts";
import { compatEvaluation, compatSource } from "./compat-batches.ts";
import type { RowKind } from "./kinds.ts";
import { type EncodedRows, openRows, type RowTools } from "./rows.ts";
import { holdsShards, openShardIndex, packedWidth, shardEvaluation, shardSource } from "./shard-batches.ts";

export type Split = "train" | "valid" | "test";

export interface TrainDataOptions extends RowTools {
  /** Folder of train.jsonl and perhaps valid.jsonl and test.jsonl, or of shards. */
  dir: string;
  settings: TrainSettings;
  rank: number;
  world: number;
  /** What the run needs; all by default. Others are not read. */
  splits?: readonly Split[] | undefined;
  /** What is worth knowing and no error. */
  onNote?: ((note: string) => void) | undefined;
}

export interface TrainData extends Disposable {
  kind: RowKind | "shards";
  /** Batches to train on, from the start or from a state; one source at a time. */
  training(state?: DataState): Promise<BatchSource>;
  validation: EvaluationSet | undefined;
  test: EvaluationSet | undefined;
  /** SHA-256 of the files that training depends on, by name; a state of shards has their fingerprint itself. */
  contents: Readonly<Record<string, string>>;
  /** Tokens of every row, where all have as many: rows of packed shards. */
  rowTokens: number | undefined;
  /** Rows that were longer than `maxSeqLength` in the batches so far, each as often as it was used. */
  cutRows(): number;
}

/**
 * Checks all rows, and encodes none yet. Without valid.jsonl or test.jsonl, `validation` or `test` is undefined.
 *
 * @throws MdpError `no-rows` without any file, `bad-row` for rows that cannot be used; UsageError for `maskPrompt` with
 *   shards
 */
export async function openTrainData(options: TrainDataOptions): Promise<TrainData> {
  return holdsShards(options.dir) ? await openShards(options) : await openJsonlFolder(options);
}

async function openShards(request: TrainDataOptions): Promise<TrainData> {
  const { dir, settings, tokenizer, rank, world, vocabSize, onNote } = request;
  if (settings.maskPrompt) {
    const hint =
      "leave out --mask-prompt: a loss mask of the shards is followed without it; rows of JSONL have prompts";
    throw new UsageError("shards have no prompt to mask", hint, dir);
  }
  const { batchSize, maxSeqLength, seed } = settings;
  const alike = settings.compat === "mlx-lm";
  const options = { batchSize, maxSeqLength, seed, rank, world, vocabSize, alike };
  const index = await openShardIndex(dir, options);
  if (index.tokenizer.sha256 !== tokenizer.sha256) {
    onNote?.(`The shards were made with the tokenizer ${index.tokenizer.name}, whose file is not the model's`);
  }
  return {
    kind: "shards",
    training: async (state) => await shardSource(dir, options, state),
    validation: shardEvaluation(dir, index, "val", options),
    test: shardEvaluation(dir, index, "test", options),
    contents: {},
    rowTokens: packedWidth(index),
    cutRows: () => 0,
    [Symbol.dispose]() {},
  };
}

async function openJsonlFolder(request: TrainDataOptions): Promise<TrainData> {
  const { dir } = request;
  const opened: EncodedRows[] = [];
  const close = () => {
    for (const rows of opened) rows[Symbol.dispose]();
  };
  try {
    const open = async (split: Split) => {
      const path = join(dir, `${split}.jsonl`);
      const isNeeded = !request.splits || request.splits.includes(split);
      if (!isNeeded || !existsSync(path) || (split !== "train" && statSync(path).size === 0)) return undefined;
      const rows = await openRows(path, request.settings, request);
      opened.push(rows);
      return rows;
    };
    const [train, valid, test] = [await open("train"), await open("valid"), await open("test")];
    const first = train ?? valid ?? test;
    if (!first) throw noRows(dir, request.splits);
    let cut = 0;
    const batches = rulesOf(request, () => {
      if (cut++ === 0) request.onNote?.(cutNote(request.settings));
    });
    return {
      kind: first.kind,
      async training(state) {
        if (!train) throw noRows(dir);
        if (!valid) request.onNote?.("There is no valid.jsonl: the run is without validation");
        return batches.source(train, state);
      },
      validation: valid && batches.evaluation(valid),
      test: test && batches.evaluation(test),
      contents: contentsOf({ train, valid }),
      rowTokens: undefined,
      cutRows: () => cut,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** What a resumed run must share with the one that it goes on from, by split. */
export function contentsOf(splits: Readonly<Record<string, { sha256: string } | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(splits).flatMap(([split, rows]) => (rows ? [[`${split}.jsonl`, rows.sha256]] : [])),
  );
}

interface Rules {
  source(rows: EncodedRows, state?: DataState): BatchSource;
  evaluation(rows: EncodedRows): EvaluationSet;
}

function rulesOf({ settings, rank, world }: TrainDataOptions, onCut: () => void): Rules {
  const { batchSize, maxSeqLength, seed } = settings;
  if (settings.compat === "mlx-lm") {
    const options = { batchSize, maxSeqLength, random: new Mt19937(seed), rank, world, onCut };
    return {
      source: (rows, state) => compatSource(rows, options, state),
      evaluation: (rows) => compatEvaluation(rows, options),
    };
  }
  const options = { batchSize, maxSeqLength, seed, rank, world, onCut };
  return {
    source: (rows, state) => bucketedSource(rows, options, state),
    evaluation: (rows) => bucketedEvaluation(rows, options),
  };
}

function cutNote({ maxSeqLength }: TrainSettings): string {
  return `Some rows are longer than ${maxSeqLength} tokens and are cut there: see --max-seq-length`;
}

function noRows(dir: string, splits: readonly Split[] = ["train"]): MdpError {
  const files = splits.map((split) => `${split}.jsonl`).join(" or ");
  if (existsSync(dir) && !statSync(dir).isDirectory()) {
    const hint = "name the folder that it lies in; the rows to train on are those of its train.jsonl";
    return new MdpError({ code: "no-rows", message: "this is a file, and a folder is wanted", where: dir, hint });
  }
  return new MdpError({
    code: "no-rows",
    message: existsSync(dir) ? `the folder has no ${files}` : "there is no such folder",
    where: dir,
    hint: `write one object such as {"text": "…"} a line to ${files}; or name a folder of \`mdp shard\``,
  });
}
