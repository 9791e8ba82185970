/** A process of a distributed training, for tests: trains the tiny llama on its share of each batch. */
import { joinRun, startedAsRank } from "../../../src/train/distributed/rank.ts";
import { trainTiny } from "../../support/train-runs.ts";
import { globalBatch, rowsOf, sharedSettings, validationNumbers } from "./global-batch.ts";

const [compat, adapterPath] = process.argv.slice(2) as ["mdp" | "mlx-lm", string];
using reducer = joinRun(startedAsRank() ?? "ring");
const { rank, world } = reducer;
const own = (number: number) => rowsOf(globalBatch(number), rank, world);

await trainTiny({
  adapterPath,
  settings: { ...sharedSettings, compat },
  reducer,
  batch: own,
  validation: () => validationNumbers.map(own),
});
reducer.end();
