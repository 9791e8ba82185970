/** What a run reads: a folder with train.jsonl, valid.jsonl and test.jsonl. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import type { LoadedDecoder } from "../../models/load-decoder.ts";
import type { BatchSource, DataState, EvaluationSet } from "../../train/data/batch.ts";
import type { Reducer } from "../../train/distributed/reducer.ts";
import type { TrainRequest } from "../train.ts";
import { evaluationBatches, trainingBatches } from "./rows/batches.ts";
import { encodeRows, openRowEncoder } from "./rows/encode.ts";
import { NumpyRandom } from "./rows/numpy-random.ts";

export interface TrainData extends Disposable {
  /** @param state of a checkpoint */
  training(state?: DataState): Promise<BatchSource>;
  validation: EvaluationSet | undefined;
  test: EvaluationSet | undefined;
}

/** @throws MdpError `no-data`, and `bad-row` naming file and line */
export async function openTrainData(request: TrainRequest, model: LoadedDecoder, reducer: Reducer): Promise<TrainData> {
  const { data, settings } = request;
  const random = new NumpyRandom(settings.seed);
  const encoder = await openRowEncoder(model.dir, model.eosIds[0], settings);
  const { rank, world } = reducer;
  const { batchSize, maxSeqLength, seed } = settings;
  const options = { batchSize, maxSeqLength, seed, rank, world, compat: settings.compat === "mlx-lm" };
  const read = async (name: string) => {
    const path = join(data, `${name}.jsonl`);
    return existsSync(path) && statSync(path).size > 0 ? encodeRows(path, encoder) : undefined;
  };
  const [train, valid, test] = [
    request.train ? await read("train") : undefined,
    request.train ? await read("valid") : undefined,
    request.test ? await read("test") : undefined,
  ];
  if (request.train && !train) {
    throw new MdpError({
      code: "no-data",
      message: existsSync(data) ? "the folder has no train.jsonl" : "there is no such folder",
      where: data,
      hint: 'write one object such as {"text": "…"} a line to train.jsonl there',
    });
  }
  const evaluation = (rows: typeof valid) => rows && evaluationBatches(rows, options, random);
  return {
    training: async (state) => trainingBatches(train!, options, random, state),
    validation: evaluation(valid),
    test: evaluation(test),
    [Symbol.dispose]: () => {},
  };
}
