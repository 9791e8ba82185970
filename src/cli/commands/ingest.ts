/** `mdp ingest`: reads files into the project. */
import { createProject } from "../../config/project.ts";
import { countsOf, exitCodeOf, ingest } from "../../pipelines/ingest.ts";
import { command } from "../command.ts";
import { readLines } from "../input.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeOut } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { ingestProgressText, renderFailures, renderIngestReport } from "../ui/ingest.ts";
import { logFor } from "../ui/log.ts";
import { ProgressLine } from "../ui/progress.ts";
import { safeLine } from "../ui/sanitize.ts";
import { paintFor } from "../ui/terminal.ts";

const RESUME_HINT = "what was committed is kept; run the same command again to go on";

export default command({
  meta: {
    name: "ingest",
    description:
      "Read files and folders, cut them into passages, embed them and store them. Only what changed is done again.",
  },
  args: {
    path: {
      type: "positional",
      description: "Files, folders and globs; - reads paths from stdin.",
      required: true,
      repeated: true,
    },
    type: {
      type: "string",
      valueHint: "ENGINE",
      description: "Engine for every file: md, code, sql or a name of mdp.yaml; by default each file's own.",
    },
    "text-first": {
      type: "boolean",
      description: "Let all text be searched before the first vector is made; vectors follow.",
    },
    ...settingArgs("ingest", "embed", "store"),
  },
  changes: true,
  examples: [
    { command: "mdp ingest docs/", summary: "Ingest a folder; run it again after changes" },
    { command: "mdp ingest 'src/**/*.md' notes.pdf --json", summary: "A glob and a file, with a report for programs" },
    { command: "mdp ingest --text-first docs/", summary: "Words can be searched in seconds, vectors follow" },
    { command: "mdp ingest --type code src/", summary: "Everything in a folder as source code" },
    { command: "git ls-files | mdp ingest -", summary: "Exactly the files of a list" },
  ],
  async run(context) {
    const project = context.projectToFill();
    const settings = await context.settings(project);
    createProject(project);
    const text = ingestProgressText();
    const report = await interruptible({ quiet: context.quiet || context.json, hint: RESUME_HINT }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      return await ingest({
        project,
        inputs: [...context.positionals],
        stdin: readLines(),
        settings,
        type: context.value("type"),
        textFirst: context.has("text-first"),
        run: context.run,
        signal,
        onProgress: (progress) => line.update(() => text(progress)),
      });
    });
    Object.assign(context.counts, countsOf(report));
    for (const { note } of Object.values(report.engines))
      if (note !== null) logFor(context).info(`note: ${safeLine(note)}`);
    for (const note of report.notes) logFor(context).warn(note);
    if (context.json) {
      await writeJson(report);
    } else {
      const failures = renderFailures(report, paintFor(context.stderr));
      if (failures !== "") logFor({ quiet: context.quiet, recorded: true }).warn(failures);
      await writeOut(renderIngestReport(report, paintFor(context.stdout)));
    }
    return exitCodeOf(report, settings.ingest.strict);
  },
});
