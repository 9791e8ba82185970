/** `mdp data ngram`: an n-gram model for the filter perplexity. */
import { locateProject } from "../../../config/project.ts";
import { UsageError } from "../../../core/errors.ts";
import { projectAt } from "../../../core/project.ts";
import { trainNgrams } from "../../../pipelines/data/ngram.ts";
import { command } from "../../command.ts";
import { readLines } from "../../input.ts";
import { interruptible } from "../../interrupt.ts";
import { writeJson, writeOut } from "../../output.ts";
import { pathArg, readingArgs } from "../../prepare.ts";
import { formatSeconds, plural } from "../../ui/format.ts";
import { logFor } from "../../ui/log.ts";
import { ProgressLine } from "../../ui/progress.ts";

export default command({
  meta: {
    name: "ngram",
    description: "Train an n-gram model on good text; curate --perplexity-model then scores by it.",
  },
  args: {
    ...pathArg,
    out: { type: "string", valueHint: "FILE", description: "The model's file." },
    order: { type: "string", valueHint: "N", description: "Words of the longest n-grams, 1 to 16. [5]" },
    ...readingArgs,
  },
  examples: [
    { command: "mdp data ngram data/good --out good.ngram", summary: "5-grams with Kneser-Ney smoothing" },
    { command: "mdp data ngram 'notes/*.md' --out notes.ngram --order 3", summary: "A smaller one" },
  ],
  async run(context) {
    const out = context.value("out");
    if (out === undefined)
      throw new UsageError("mdp data ngram needs a file for the model", "name one with --out FILE");
    const order = Number(context.value("order") ?? "5");
    const project = locateProject(context.cwd, context.projectFlag) ?? projectAt(context.cwd);
    const { ingest: reading } = await context.settings(project);
    const report = await interruptible({ quiet: context.quiet || context.json }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      const request = { project, inputs: context.positionals, stdin: readLines(), reading, signal, out, order };
      return await trainNgrams(request, (texts) => line.update(() => `counting: ${plural(texts, "text")}`));
    });
    if (report.rejects > 0) logFor(context).warn(`${plural(report.rejects, "record")} could not be read`);
    if (context.json) await writeJson(report);
    else
      await writeOut(`${out}: ${order}-grams of ${plural(report.lines, "line")} in ${formatSeconds(report.seconds)}\n`);
    return report.rejects > 0 ? 1 : 0;
  },
});
