/** Opens what a model is trained, validated and tested on: a folder of JSONL files, or of shards. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import { Mt19937 } from "../../core/mt19937.ts";
import type { TrainSettings } from "../config.ts";
import type { BatchSource, DataState, EvaluationSet } from "./batch.ts";
import { compatEvaluation, compatSource } from "./compat-batches.ts";
import type { RowKind } from "./kinds.ts";
import { type EncodedRows, openRows, type RowTools } from "./rows.ts";

export interface TrainDataOptions extends RowTools {
  /** Folder of train.jsonl and perhaps valid.jsonl and test.jsonl, or of shards. */
  dir: string;
  settings: TrainSettings;
  rank: number;
  world: number;
}

export interface TrainData extends Disposable {
  kind: RowKind | "shards";
  /** Batches to train on, from the start or from a state; one source at a time. */
  training(state?: DataState): Promise<BatchSource>;
  validation: EvaluationSet | undefined;
  test: EvaluationSet | undefined;
  /** Rows that were longer than `maxSeqLength` in the batches so far, each as often as it was used. */
  cutRows(): number;
}

/**
 * Checks all rows, and encodes none yet. Without valid.jsonl or test.jsonl, `validation` or `test` is undefined.
 *
 * @throws MdpError `no-rows` without any file, `bad-row` for rows that cannot be used
 */
export async function openTrainData(request: TrainDataOptions): Promise<TrainData> {
  return await openJsonlFolder(request);
}

async function openJsonlFolder(request: TrainDataOptions): Promise<TrainData> {
  const { dir, settings, rank, world } = request;
  const opened: EncodedRows[] = [];
  const close = () => {
    for (const rows of opened) rows[Symbol.dispose]();
  };
  try {
    const open = async (split: string) => {
      const path = join(dir, `${split}.jsonl`);
      if (!existsSync(path)) return undefined;
      const rows = await openRows(path, settings, request);
      opened.push(rows);
      return rows;
    };
    const [train, valid, test] = [await open("train"), await open("valid"), await open("test")];
    const first = train ?? valid ?? test;
    if (!first) throw noRows(dir);
    let cut = 0;
    const { batchSize, maxSeqLength, seed } = settings;
    const random = new Mt19937(seed);
    const options = { batchSize, maxSeqLength, random, rank, world, onCut: () => cut++ };
    return {
      kind: first.kind,
      async training(state) {
        if (!train) throw noRows(dir);
        return compatSource(train, options, state);
      },
      validation: valid && compatEvaluation(valid, options),
      test: test && compatEvaluation(test, options),
      cutRows: () => cut,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function noRows(dir: string): MdpError {
  return new MdpError({
    code: "no-rows",
    message: "there is no train.jsonl",
    where: dir,
    hint: "put train.jsonl there, and valid.jsonl and test.jsonl beside it; or name a folder of `mdp shard`",
  });
}
