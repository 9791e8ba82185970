/** `mdp train-embedder`: fine-tune an embedding model on pairs of texts. */
import { fieldsOf, kebabCase } from "../../config/fields.ts";
import { locateProject } from "../../config/project.ts";
import { UsageError } from "../../core/errors.ts";
import { DEFAULT_MODEL } from "../../models/find.ts";
import { type TrainContrastiveReport, trainContrastive } from "../../pipelines/train-contrastive.ts";
import type { RetrievalScores } from "../../train/contrastive/evaluate.ts";
import { command } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeOut } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { formatSeconds, plural } from "../ui/format.ts";
import { logFor } from "../ui/log.ts";
import { ProgressLine } from "../ui/progress.ts";
import { fitText } from "../ui/train.ts";

/** Under the keys' own names: no other section's are flags of this command. */
const settings = settingArgs({
  section: "trainEmbedder",
  names: Object.fromEntries(fieldsOf(["trainEmbedder"]).map(({ key }) => [key, kebabCase(key)])),
});

export default command({
  meta: { name: "train-embedder", description: "Fine-tune an embedding model on pairs of texts that belong together." },
  args: {
    file: {
      type: "positional",
      description: 'JSONL of {"anchor", "positive"} and perhaps "negative", a text or a list.',
      required: true,
    },
    out: { type: "string", valueHint: "DIR", description: "Folder of the new model; `mdp embed --model` takes it." },
    overwrite: { type: "boolean", description: "Replace a model that is in the output folder." },
    model: { type: "string", valueHint: "NAME", description: `Model to begin with; ${DEFAULT_MODEL}.` },
    ...settings,
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
    const { trainEmbedder } = await context.settings(locateProject(context.cwd, context.projectFlag));
    const report = await interruptible({ quiet: context.quiet || context.json }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      return await trainContrastive({
        model: context.value("model") ?? DEFAULT_MODEL,
        data,
        out,
        overwrite: context.has("overwrite"),
        settings: trainEmbedder,
        signal,
        onStep: (progress) => line.update(() => fitText(progress)),
      });
    });
    for (const { where, message } of report.failures) logFor(context).warn(`${where}: ${message}`);
    if (context.json) await writeJson(report);
    else await writeOut(render(report));
    return report.rejects > 0 ? 1 : 0;
  },
});

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
