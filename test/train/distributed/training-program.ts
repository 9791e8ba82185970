/** A process of distributed runs, for tests: trains the tiny llama on its share of each batch, run after run. */
import { joinRun, startedAsRank } from "../../../src/train/distributed/rank.ts";
import { trainTiny } from "../../support/train-runs.ts";
import { globalBatch, rowsOf, validationNumbers } from "./global-batch.ts";
import type { SharedRun } from "./shared-runs.ts";

const runs = JSON.parse(process.argv[2]!) as (SharedRun & { adapterPath: string })[];
using reducer = joinRun(startedAsRank() ?? "ring");
const { rank, world } = reducer;

for (const { settings, dtype, resume = false, sameRows, validation, adapterPath } of runs) {
  const own = (number: number) => rowsOf(globalBatch(number), sameRows ? 0 : rank, world);
  await trainTiny({
    adapterPath,
    settings,
    resume,
    ...(dtype ? { dtype } : {}),
    reducer,
    batch: own,
    validation: validation ?? (() => validationNumbers.map(own)),
    callbacks: { onStep: ({ step, loss }) => console.log(JSON.stringify({ step, loss })) },
  });
  // The first process writes the files of a run; the next run of any may begin with them.
  reducer.sum([0]);
}
reducer.end();
