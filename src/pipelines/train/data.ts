/** Opens a run's rows or shards with its model's tokenizer. */
import type { LoadedDecoder } from "../../models/load-decoder.ts";
import { openChatTemplate } from "../../tokenizers/chat-template-files.ts";
import { openTokenizer } from "../../tokenizers/open.ts";
import { transformersParts } from "../../tokenizers/transformers-parts.ts";
import { openTrainData, type TrainData } from "../../train/data/index.ts";
import type { Reducer } from "../../train/distributed/reducer.ts";
import type { TrainRequest } from "../train.ts";

export async function openDataFor(request: TrainRequest, model: LoadedDecoder, reducer: Reducer): Promise<TrainData> {
  const { settings } = request;
  const instead = settings.compat === "mlx-lm" ? transformersParts(model.config.model_type) : {};
  return await openTrainData({
    dir: request.data,
    settings,
    rank: reducer.rank,
    world: reducer.world,
    tokenizer: await openTokenizer(model.dir, instead),
    eos: model.eosIds[0],
    vocabSize: model.decoder.config.vocab_size,
    chatTemplate: () => openChatTemplate(model.dir),
    // A file that the run does not need cannot stop it.
    splits: request.train ? ["train", "valid", ...(request.test ? (["test"] as const) : [])] : ["test"],
    onNote: request.onNote,
  });
}
