/** `mdp run`: everything that mdp.yaml names, step by step, only what changed. */
import { createProject } from "../../config/project.ts";
import { UsageError } from "../../core/errors.ts";
import { RESUME_HINT, runProject } from "../../pipelines/project-run.ts";
import type { FitProgress } from "../../train/contrastive/fit.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeOut } from "../output.ts";
import { TRAIN_GRACE_MS } from "../train-request.ts";
import { ingestProgressText } from "../ui/ingest.ts";
import { logFor } from "../ui/log.ts";
import { prepareProgressText } from "../ui/prepare.ts";
import { ProgressLine } from "../ui/progress.ts";
import { renderProjectRun, renderStepStart } from "../ui/project-run.ts";
import { paintFor } from "../ui/terminal.ts";
import { fitText, TrainDisplay } from "../ui/train.ts";

export default command({
  meta: { name: "run", description: "Do everything that mdp.yaml names, step by step: only what changed." },
  args: {
    "dry-run": { type: "boolean", description: "Say which steps would be done, and why; do nothing." },
    only: { type: "string", valueHint: "STEP", description: "Only this step, without those that it needs." },
    from: { type: "string", valueHint: "STEP", description: "This step and those after it." },
    force: { type: "boolean", description: "Do the steps also where nothing has changed." },
  },
  changes: true,
  examples: [
    { command: "mdp run", summary: "Ingest what changed, and what else mdp.yaml names" },
    { command: "mdp run --dry-run", summary: "What would be done, and why" },
    { command: "mdp run --only shards --force", summary: "One step again" },
  ],
  async run(context) {
    if (context.value("only") !== undefined && context.value("from") !== undefined) {
      throw new UsageError("--only and --from contradict each other", "keep one of them");
    }
    const project = context.projectToFill();
    const dryRun = context.has("dry-run");
    if (!dryRun) createProject(project);
    const { report, error } = await interruptible(
      { quiet: context.quiet || context.json, hint: RESUME_HINT, graceMs: TRAIN_GRACE_MS },
      async (signal) => {
        using line = new ProgressLine(context.stderr, context.quiet);
        return await runProject({
          project,
          env: process.env,
          dryRun,
          only: context.value("only"),
          from: context.value("from"),
          force: context.has("force"),
          signal,
          events: eventsFor(context, line),
        });
      },
    );
    for (const step of report.steps) context.counts[step.name] = step.outcome;
    if (context.json) await writeJson(report);
    else await writeOut(renderProjectRun(report, paintFor(context.stdout)));
    if (error !== undefined) throw error;
    return report.exitCode;
  },
});

function eventsFor(context: Context, line: ProgressLine) {
  const log = logFor({ quiet: context.quiet || context.json, recorded: true });
  const paint = paintFor(context.stderr);
  let ingesting = ingestProgressText();
  let preparing = prepareProgressText();
  return {
    onStep: (step: Parameters<typeof renderStepStart>[0]) => {
      line[Symbol.dispose]();
      ingesting = ingestProgressText();
      preparing = prepareProgressText();
      log.info(renderStepStart(step, paint));
    },
    onIngest: (progress: Parameters<typeof ingesting>[0]) => line.update(() => ingesting(progress)),
    onPrepare: (progress: Parameters<typeof preparing>[0]) => line.update(() => preparing(progress)),
    onQuestion: (asked: number, total: number) => line.update(() => `${asked} of ${total} questions`),
    onFit: (progress: FitProgress) => line.update(() => fitText(progress)),
    onTrain: (iters: number) => new TrainDisplay(context, iters),
    onNote: (note: string) => log.info(note),
  };
}
