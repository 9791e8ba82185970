/** What `shard`, `curate` and `dedup` share on the command line: their flags, the run, and what is printed of it. */
import { locateProject } from "../config/project.ts";
import { UsageError } from "../core/errors.ts";
import { projectAt } from "../core/project.ts";
import { checkLoad } from "../pipelines/prepare/check-load.ts";
import { type PrepareReport, planOnly, prepare, prepareCounts } from "../pipelines/prepare.ts";
import type { Context } from "./context.ts";
import type { Args } from "./definition.ts";
import { readLines } from "./input.ts";
import { interruptible } from "./interrupt.ts";
import { writeJson, writeOut } from "./output.ts";
import { type SettingSelection, settingArgs } from "./settings.ts";
import { plural } from "./ui/format.ts";
import { logFor } from "./ui/log.ts";
import { prepareProgressText, renderLoadCheck, renderPlan, renderPrepareReport } from "./ui/prepare.ts";
import { ProgressLine } from "./ui/progress.ts";
import { paintFor } from "./ui/terminal.ts";

const RESUME_HINT = "what was done is kept; run the same command with --resume to go on";

/** Settings of reading that concern training data; those of passages do not. */
const reading = [
  "exclude",
  "hidden",
  "gitignore",
  "format",
  "maxDocumentBytes",
  "textField",
  "idField",
  "readTimeoutMs",
  "readMemoryBytes",
] as const;

export const readingArgs = settingArgs({ section: "ingest", only: reading, names: { format: "input-format" } });

/** Settings of finding copies where they are one step of many. */
export const copySettings: SettingSelection = {
  section: "dedup",
  names: { method: "dedup", threshold: "dedup-threshold", verify: "dedup-verify", memoryBytes: "memory" },
};

export const pathArg: Args = {
  path: {
    type: "positional",
    description: "Files, folders and globs; - reads paths from stdin.",
    required: true,
    repeated: true,
  },
};

export const runArgs: Args = {
  resume: {
    type: "boolean",
    description: "Go on with a run that was interrupted; inputs and settings must be the same.",
  },
  overwrite: { type: "boolean", description: "Replace what an earlier run made in the output folder." },
  "dry-run": { type: "boolean", description: "Say what would be done, and write nothing." },
};

export const outArg = (description: string): Args => ({ out: { type: "string", valueHint: "DIR", description } });

export type PrepareCommand = PrepareReport["command"];

/** The object that `--json` prints. */
export type JsonOf = (report: PrepareReport) => unknown;

export async function runPrepare(
  command: PrepareCommand,
  context: Context,
  options: { out: string | undefined; json?: JsonOf; stats?: boolean; check?: boolean },
): Promise<number> {
  const { out } = options;
  if (out === undefined) throw new UsageError(`mdp ${command} needs an output folder`, "name one with --out DIR");
  const project = locateProject(context.cwd, context.projectFlag) ?? projectAt(context.cwd);
  const settings = await context.settings(project);
  const text = prepareProgressText();
  const work = (signal: AbortSignal, line: ProgressLine) => {
    const request = {
      command,
      project,
      inputs: [...context.positionals],
      stdin: readLines(),
      out,
      settings,
      resume: context.has("resume"),
      overwrite: context.has("overwrite"),
      signal,
      onProgress: (progress: Parameters<typeof text>[0]) => line.update(() => text(progress)),
    };
    return context.has("dry-run") ? planOnly(request) : prepare(request);
  };
  const result = await interruptible({ quiet: context.quiet || context.json, hint: RESUME_HINT }, async (signal) => {
    using line = new ProgressLine(context.stderr, context.quiet);
    return await work(signal, line);
  });
  if ("plan" in result) {
    const { plan, scan } = result;
    const { inputs, tasks, settings: planned } = plan;
    if (context.json)
      await writeJson({ dryRun: true, out, ...inputs, skipped: scan.skipped, tasks: tasks.length, settings: planned });
    else await writeOut(renderPlan(plan, scan, paintFor(context.stdout)));
    return 0;
  }
  Object.assign(context.counts, prepareCounts(result));
  const load = options.check ? await checkLoad(out) : undefined;
  if (context.json) {
    const report = (options.json ?? ((all) => all))(result) as object;
    await writeJson(load ? { ...report, load } : report);
  } else {
    if (result.rejects > 0)
      logFor(context).warn(`${plural(result.rejects, "record")} could not be read: ${out}/rejects.jsonl`);
    await writeOut(renderPrepareReport(result, settings, paintFor(context.stdout), options.stats === true));
    if (load) await writeOut(renderLoadCheck(load));
  }
  return result.rejects > 0 ? 1 : 0;
}
