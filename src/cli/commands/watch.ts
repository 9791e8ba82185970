/** `mdp watch`: ingest again whenever files change. */
import { createProject } from "../../config/project.ts";
import { InterruptedError } from "../../core/errors.ts";
import type { IngestReport } from "../../pipelines/ingest.ts";
import { watchProject } from "../../pipelines/watch.ts";
import { command } from "../command.ts";
import { sayError } from "../command-log.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeOut } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { renderError } from "../ui/error.ts";
import { ingestProgressText, renderFailures, renderRound } from "../ui/ingest.ts";
import { logFor } from "../ui/log.ts";
import { ProgressLine } from "../ui/progress.ts";
import { safeLine } from "../ui/sanitize.ts";
import { paintFor } from "../ui/terminal.ts";

const INTERRUPTED = 130;

export default command({
  meta: { name: "watch", description: "Ingest again whenever files change, until Ctrl-C." },
  args: {
    path: {
      type: "positional",
      description: "Files, folders and globs; by default what mdp run ingests.",
      required: false,
      repeated: true,
    },
    type: { type: "string", valueHint: "ENGINE", description: "Engine for every file, as for mdp ingest." },
    poll: {
      type: "boolean",
      description: "Look at the files from time to time: for network drives, which tell of nothing.",
    },
    ...settingArgs("watch", "ingest", "embed", "store"),
  },
  changes: true,
  examples: [
    { command: "mdp watch docs/", summary: "Keep a folder's passages as its files are" },
    { command: "mdp watch --json", summary: "A report a line for programs, whenever something has changed" },
    { command: "mdp watch /mnt/share --poll --poll-ms 30s", summary: "A network drive" },
  ],
  async run(context) {
    const project = context.projectToFill();
    await context.settings(project);
    createProject(project);
    const { quiet, json } = context;
    const log = logFor({ quiet: quiet || json });
    let first = true;
    try {
      await interruptible({ quiet: true }, async (signal) => {
        using line = new ProgressLine(context.stderr, quiet);
        let text = ingestProgressText();
        const tell = (say: () => void) => {
          line[Symbol.dispose]();
          say();
        };
        return await watchProject({
          project,
          inputs: [...context.positionals],
          type: context.value("type"),
          poll: context.has("poll"),
          settings: () => context.settings(project),
          signal,
          onProgress: (progress) => line.update(() => text(progress)),
          onNote: (note) => tell(() => log.info(safeLine(note))),
          onError: (error) =>
            tell(() => {
              logFor({ quiet: false, recorded: true }).error(renderError(error, context.stderr, json));
              sayError(error);
            }),
          onRound: async (report) => {
            line[Symbol.dispose]();
            text = ingestProgressText();
            const shown = first || hasChanged(report);
            first = false;
            if (!shown) return;
            const failures = renderFailures(report, paintFor(context.stderr));
            if (!json && failures !== "") logFor({ quiet, recorded: true }).warn(failures);
            await (json ? writeJson(report) : writeOut(renderRound(report, paintFor(context.stdout))));
          },
        });
      });
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error;
    }
    return INTERRUPTED;
  },
});

function hasChanged({ added, updated, moved, deleted, rejected, chunks }: IngestReport): boolean {
  return added + updated + moved + deleted + rejected + chunks.removed > 0;
}
