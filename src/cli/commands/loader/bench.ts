/** `mdp loader bench`: how fast shards can be read. */
import { resolve } from "node:path";
import { UsageError } from "../../../core/errors.ts";
import { benchLoader, type LoaderBenchReport } from "../../../pipelines/loader.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { Args } from "../../definition.ts";
import { interruptible } from "../../interrupt.ts";
import { writeJson, writeOut } from "../../output.ts";
import { formatBytes, formatCount, plural } from "../../ui/format.ts";
import { ProgressLine } from "../../ui/progress.ts";
import { safeLine } from "../../ui/sanitize.ts";
import { renderTable } from "../../ui/table.ts";

const numbers = {
  "batch-size": "Rows of a batch; 32 by default.",
  "seq-len": "Flat shards: read windows of so many tokens instead of documents.",
  workers: "Threads that read files; 0, the default, copies from mapped memory.",
  prefetch: "Batches that are made ahead; 2 by default.",
  seed: "Seed of the order; 0 by default.",
  seconds: "Longest time per order; 5 by default.",
} as const;

const numberArgs: Args = Object.fromEntries(
  Object.entries(numbers).map(([name, description]) => [name, { type: "string", valueHint: "N", description }]),
);

export default command({
  meta: { name: "bench", description: "Measure how fast shards can be read, in order and shuffled." },
  args: {
    dir: { type: "positional", description: "A folder of shards, or its shard_index.json.", required: true },
    split: { type: "string", valueHint: "TEXT", description: "The split to read; train by default." },
    ...numberArgs,
  },
  examples: [
    { command: "mdp loader bench data/shards", summary: "Batches and tokens per second" },
    { command: "mdp loader bench data/shards --batch-size 8 --json", summary: "For programs" },
    { command: "mdp loader bench data/shards --seq-len 2048", summary: "Flat shards as windows of 2,048 tokens" },
  ],
  async run(context) {
    const path = resolve(context.cwd, context.positionals[0]!);
    const { seconds = 5, "seq-len": seqLen, "batch-size": batchSize, ...rest } = givenNumbers(context);
    const split = context.value("split");
    const options = {
      ...rest,
      ...(batchSize !== undefined && { batchSize }),
      ...(split !== undefined && { split }),
      ...(seqLen !== undefined && { read: "windows" as const, seqLen }),
    };
    const report = await interruptible({ quiet: context.quiet || context.json }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet || context.json);
      return await benchLoader({
        path,
        options,
        seconds,
        signal,
        onProgress: ({ order, bytesPerSecond }) => line.update(() => `${order}: ${formatBytes(bytesPerSecond)}/s`),
      });
    });
    await (context.json ? writeJson(report) : writeOut(render(report)));
    return 0;
  },
});

function givenNumbers(context: Context): Partial<Record<keyof typeof numbers, number>> {
  const given: Partial<Record<keyof typeof numbers, number>> = {};
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const text = context.value(name);
    if (text === undefined) continue;
    if (!/^\d+$/.test(text)) throw new UsageError(`--${name} is "${text}"; it takes a whole number`);
    given[name] = Number(text);
  }
  return given;
}

function render(report: LoaderBenchReport): string {
  const whole = (value: number) => formatCount(Math.round(value));
  const rows = report.passes.map(({ order, ...pass }) => [
    order,
    `${formatBytes(pass.bytesPerSecond)}/s of tokens`,
    `${whole(pass.tokensPerSecond)} tokens/s`,
    `${whole(pass.batchesPerSecond)} batches/s`,
    `${plural(pass.samples, "sample")} read`,
  ]);
  const milliseconds = (value: number) => `${whole(value * 1000)} ms to the first batch`;
  return renderTable([
    ["samples", `${formatCount(report.samplesPerEpoch)} in ${safeLine(report.path)}`],
    ["open", milliseconds(report.openSeconds)],
    ["resume", `${milliseconds(report.resumeSeconds)}, from the middle of the epoch`],
    ...rows,
  ]);
}
