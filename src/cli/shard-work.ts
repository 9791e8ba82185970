/** Runs work on a set of shards with a line of progress, until it ends or is interrupted. */
import { PaceMeter } from "../core/progress.ts";
import type { ShardWork } from "../pipelines/shards/progress.ts";
import type { Context } from "./context.ts";
import type { Args } from "./definition.ts";
import { interruptible } from "./interrupt.ts";
import { formatBytes, formatCount } from "./ui/format.ts";
import { ProgressLine } from "./ui/progress.ts";

export const setArg: Args = {
  dir: { type: "positional", description: "A folder that mdp shard wrote, or its shards/.", required: true },
};

export function shardWork<T>(context: Context, work: (given: ShardWork) => Promise<T>): Promise<T> {
  const pace = new PaceMeter();
  return interruptible({ quiet: context.quiet || context.json }, async (signal) => {
    using line = new ProgressLine(context.stderr, context.quiet);
    return await work({
      signal,
      onProgress: ({ done, total, bytes }) => {
        const { rate } = pace.update(bytes);
        const speed = bytes > 0 ? ` · ${formatBytes(Math.round(rate))}/s` : "";
        line.update(() => `${formatCount(done)} of ${formatCount(total)} shards${speed}`);
      },
    });
  });
}
