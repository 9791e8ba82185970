/** `mdp train-embedder`: fine-tune an embedding model on pairs of texts. */
import * as v from "valibot";
import { UsageError } from "../../core/errors.ts";
import { DEFAULT_MODEL } from "../../models/find.ts";
import { type TrainContrastiveReport, trainContrastive } from "../../pipelines/train-contrastive.ts";
import type { RetrievalScores } from "../../train/contrastive/evaluate.ts";
import { ContrastiveSettings } from "../../train/contrastive/fit.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import type { Args } from "../definition.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeOut } from "../output.ts";
import { formatSeconds, plural } from "../ui/format.ts";
import { logFor } from "../ui/log.ts";
import { ProgressLine } from "../ui/progress.ts";

const number = (description: string, valueHint = "N") => ({ type: "string", valueHint, description }) as const;

/** Flags of numbers, by the key of the setting. */
const numbers = {
  epochs: ["epochs", "Passes over the rows; 1."],
  batchSize: ["batch-size", "Rows of one step, each a stranger to all others; 32."],
  learningRate: ["learning-rate", "Highest learning rate; 2e-5."],
  warmup: ["warmup", "Share of the steps in which the learning rate rises; 0.1."],
  weightDecay: ["weight-decay", "How much weights shrink in each step, times the learning rate; 0."],
  maxGradNorm: ["max-grad-norm", "Clip gradients to this norm, 0 does not; 1."],
  temperature: ["temperature", "Divides the similarities: less presses the nearest strangers away most; 0.05."],
  seed: ["seed", "Seed of the order and of what is held out; 0."],
} as const satisfies Partial<Record<keyof ContrastiveSettings, readonly [flag: string, text: string]>>;

const numberArgs: Args = Object.fromEntries(Object.values(numbers).map(([flag, text]) => [flag, number(text)]));

export default command({
  meta: { name: "train-embedder", description: "Fine-tune an embedding model on pairs of texts that belong together." },
  args: {
    file: {
      type: "positional",
      description: 'JSONL of {"anchor", "positive"} and perhaps "negative", a text or a list.',
      required: true,
    },
    out: { type: "string", valueHint: "DIR", description: "Folder of the new model; `mdp embed --model` takes it." },
    model: { type: "string", valueHint: "NAME", description: `Model to begin with; ${DEFAULT_MODEL}.` },
    validation: { type: "string", valueHint: "FILE", description: "Rows on which retrieval is measured." },
    "hold-out": number("Without --validation: share of the anchors kept for it, 0 keeps none; 0.1."),
    "max-tokens": number("Tokens of a text, the rest is cut; what the model takes."),
    symmetric: { type: "boolean", description: "Also ask of each positive to find its anchor." },
    ...numberArgs,
  },
  changes: true,
  examples: [
    { command: "mdp train-embedder pairs.jsonl --out my-model", summary: "One pass over the pairs" },
    {
      command: "mdp train-embedder pairs.jsonl --out my-model --epochs 3 --batch-size 64",
      summary: "More passes, and more strangers to each text",
    },
    {
      command: "mdp train-embedder pairs.jsonl --out my-model && mdp embed texts.txt --model ./my-model",
      summary: "Train, then use what was trained",
    },
  ],
  async run(context) {
    const [data] = context.positionals;
    const out = context.value("out");
    if (data === undefined || out === undefined) {
      throw new UsageError("mdp train-embedder needs a file of pairs and --out", "name the new folder with --out DIR");
    }
    const settings = settingsOf(context);
    const report = await interruptible({ quiet: context.quiet || context.json }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      return await trainContrastive({
        model: context.value("model") ?? DEFAULT_MODEL,
        data,
        validation: context.value("validation"),
        holdOut: checked("hold-out", context, v.pipe(v.number(), v.minValue(0), v.maxValue(0.9))) ?? 0.1,
        out,
        maxTokens: checked("max-tokens", context, v.pipe(v.number(), v.integer(), v.minValue(3))),
        settings,
        signal,
        onStep: ({ step, steps, loss }) => line.update(() => `step ${step}/${steps} · loss ${loss.toFixed(3)}`),
      });
    });
    for (const { where, message } of report.failures) logFor(context).warn(`${where}: ${message}`);
    if (context.json) await writeJson(report);
    else await writeOut(render(report));
    return report.rejects > 0 ? 1 : 0;
  },
});

function settingsOf(context: Context): ContrastiveSettings {
  const given: Record<string, unknown> = { symmetric: context.has("symmetric") };
  for (const [key, [flag]] of Object.entries(numbers)) {
    const schema = ContrastiveSettings.entries[key as keyof typeof numbers];
    const value = checked(flag, context, schema);
    if (value !== undefined) given[key] = value;
  }
  return v.parse(ContrastiveSettings, given);
}

/** The number of a flag, within its limits. */
function checked(flag: string, context: Context, schema: v.GenericSchema<number | undefined>): number | undefined {
  const text = context.value(flag);
  if (text === undefined) return undefined;
  const value = v.safeParse(schema, text.trim() === "" ? Number.NaN : Number(text));
  if (value.success) return value.output;
  throw new UsageError(`--${flag} ${text}: ${value.issues[0].message}`);
}

function render({ out, rows, heldOut, rejects, steps, loss, before, after, seconds }: TrainContrastiveReport): string {
  const lines = [
    `${plural(rows, "row")}, ${plural(steps, "step")} in ${formatSeconds(seconds)}; loss ${loss.toFixed(3)}`,
    ...(rejects > 0 ? [`${plural(rejects, "line")} are no rows and were left out`] : []),
    ...(before && after
      ? [
          `on ${plural(heldOut, "held-out row")}: ${change(before, after, "recallAt1")}, ${change(before, after, "mrr")}`,
        ]
      : []),
    `saved to ${out}`,
  ];
  return `${lines.join("\n")}\n`;
}

function change(before: RetrievalScores, after: RetrievalScores, key: "recallAt1" | "mrr"): string {
  const name = key === "mrr" ? "MRR" : "recall@1";
  return `${name} ${before[key].toFixed(3)} → ${after[key].toFixed(3)}`;
}
