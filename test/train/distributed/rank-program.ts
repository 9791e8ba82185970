/** A process of a distributed run, for tests: what it does is its first argument. */
import * as mx from "../../../src/mlx/index.ts";
import { joinRun, startedAsRank } from "../../../src/train/distributed/rank.ts";

using reducer = joinRun(startedAsRank() ?? "ring");
const { rank, world } = reducer;
const role = process.argv[2];

if (role === "sums") {
  const named = new Map([
    ["a", mx.array([[rank + 1, 10]], "float32")],
    ["half", mx.array([rank], "bfloat16")],
    ["b", mx.array(2 * rank, "float32")],
  ]);
  const list = (arrays: ReadonlyMap<string, mx.MlxArray>) =>
    Object.fromEntries([...arrays].map(([name, x]) => [name, { shape: x.shape, dtype: x.dtype, values: x.tolist() }]));
  const result = mx.tidy(() => ({
    average: list(reducer.average(named)),
    total: list(reducer.total(named)),
    sum: reducer.sum([rank + 1, 2 ** 40 + rank]),
  }));
  console.log(JSON.stringify({ rank, world, ...result }));
} else if (role === "steps") {
  // Ends only from outside.
  for (let step = 0; ; step++) {
    reducer.sum([step]);
    reducer.beat();
    if (step === 3) console.log(`running ${process.pid}`);
    await Bun.sleep(5);
  }
} else if (role === "takes-time-to-stop") {
  const asked = Promise.withResolvers<void>();
  process.on("SIGTERM", () => asked.resolve());
  console.log(`running ${process.pid}`);
  await asked.promise;
  await Bun.sleep(2_500);
  console.log("saved");
  process.exit(130);
} else if (role === "one-hangs") {
  for (let step = 0; ; step++) {
    if (step === 3 && rank === 1) await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
    reducer.sum([step]);
    reducer.beat();
  }
} else if (role === "one-fails") {
  if (rank === 1) {
    console.error("no rows in this file");
    process.exit(1);
  }
  reducer.sum([1]);
} else if (role === "one-throws") {
  if (rank === 1) throw new Error("no rows in this file");
  reducer.sum([1]);
}
if (role === "sums") reducer.end();
