/** `mdp data sample`: a few documents or rows of an output. */
import { UsageError } from "../../../core/errors.ts";
import { sampleData } from "../../../pipelines/data/sample.ts";
import { command } from "../../command.ts";
import { writeOut } from "../../output.ts";
import { renderSample } from "../../ui/data.ts";
import { jsonText } from "../../ui/sanitize.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: { name: "sample", description: "Show a few documents of an output, or the texts of a few rows of its shards." },
  args: {
    dir: { type: "positional", description: "A folder that curate, dedup or shard filled.", required: true },
    count: { type: "string", alias: "n", valueHint: "N", description: "How many. [5]" },
    seed: { type: "string", valueHint: "N", description: "Another seed shows others. [0]" },
    split: { type: "string", valueHint: "NAME", description: "The split of shards. [train]" },
    tokenizer: { type: "string", valueHint: "PATH", description: "Decodes rows; by default that of the run." },
  },
  examples: [
    { command: "mdp data sample data/clean", summary: "Five documents" },
    { command: "mdp data sample data/shards -n 2 --split val --json", summary: "Two rows, one JSON object a line" },
  ],
  async run(context) {
    const samples = await sampleData({
      dir: context.positionals[0]!,
      count: numberOf(context.value("count"), "count", 5, 1),
      seed: numberOf(context.value("seed"), "seed", 0, 0),
      split: context.value("split") ?? "train",
      tokenizer: context.value("tokenizer"),
    });
    if (context.json) await writeOut(samples.map((sample) => `${jsonText(sample)}\n`).join(""));
    else await writeOut(renderSample(samples, paintFor(context.stdout)));
    return 0;
  },
});

function numberOf(text: string | undefined, flag: string, fallback: number, least: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new UsageError(`--${flag} is "${text}"`, `it takes a whole number from ${least}`);
}
