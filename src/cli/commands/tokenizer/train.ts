/** `mdp tokenizer train`: a tokenizer of one's own from files. */
import { locateProject } from "../../../config/project.ts";
import { UsageError } from "../../../core/errors.ts";
import { projectAt } from "../../../core/project.ts";
import { trainOnFiles } from "../../../pipelines/tokenizer.ts";
import { command } from "../../command.ts";
import { readLines } from "../../input.ts";
import { interruptible } from "../../interrupt.ts";
import { writeJson, writeOut } from "../../output.ts";
import { pathArg, readingArgs } from "../../prepare.ts";
import { settingArgs } from "../../settings.ts";
import { logFor } from "../../ui/log.ts";
import { ProgressLine } from "../../ui/progress.ts";
import { paintFor } from "../../ui/terminal.ts";
import { renderTrainFailures, renderTrainReport, trainProgressText } from "../../ui/tokenizer.ts";

const training = settingArgs({
  section: "tokenizer",
  names: { tokenizerModel: "model", maxDistinctWords: "max-words" },
});

export default command({
  meta: {
    name: "train",
    description: "Train a tokenizer on files; it is written as Hugging Face's libraries read it.",
  },
  args: {
    ...pathArg,
    out: { type: "string", valueHint: "DIR", description: "Folder of tokenizer.json and the files beside it." },
    overwrite: { type: "boolean", description: "Replace a tokenizer that is there." },
    ...training,
    ...readingArgs,
  },
  changes: true,
  examples: [
    { command: "mdp tokenizer train docs/ --out my-tokenizer --vocab-size 16000", summary: "Byte-level BPE" },
    {
      command: "mdp tokenizer train 'data/*.jsonl' --out t --model unigram --vocab-size 8000",
      summary: "Unigram, from the texts of rows",
    },
    {
      command: "mdp tokenizer train docs/ --out chat --special-tokens '<|user|>,<|assistant|>' --word-pattern llama3",
      summary: "With tokens of a chat format",
    },
  ],
  async run(context) {
    const out = context.value("out");
    if (out === undefined)
      throw new UsageError("mdp tokenizer train needs an output folder", "name one with --out DIR");
    const project = locateProject(context.cwd, context.projectFlag) ?? projectAt(context.cwd);
    const { ingest: reading, tokenizer: settings } = await context.settings(project);
    const text = trainProgressText(settings.vocabSize);
    const report = await interruptible({ quiet: context.quiet || context.json }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      return await trainOnFiles({
        project,
        inputs: context.positionals,
        stdin: readLines(),
        reading,
        settings,
        out,
        overwrite: context.has("overwrite"),
        signal,
        onProgress: (progress) => line.update(() => text(progress)),
      });
    });
    if (context.json) {
      await writeJson(report);
    } else {
      const failures = renderTrainFailures(report, paintFor(context.stderr));
      if (failures !== "") logFor(context).warn(failures);
      await writeOut(renderTrainReport(report, paintFor(context.stdout)));
    }
    return report.rejects > 0 ? 1 : 0;
  },
});
