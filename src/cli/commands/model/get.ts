/** `mdp model get`: a model of the Hugging Face hub into the cache. */
import { PaceMeter } from "../../../core/progress.ts";
import { getFromHub } from "../../../pipelines/hub.ts";
import { command } from "../../command.ts";
import { interruptible } from "../../interrupt.ts";
import { writeJson, writeOut } from "../../output.ts";
import { formatBytes, formatSeconds, plural } from "../../ui/format.ts";
import { logFor } from "../../ui/log.ts";
import { ProgressLine } from "../../ui/progress.ts";

const HINT = "what was loaded is kept; run the same command to go on";

export default command({
  meta: {
    name: "get",
    description: "Download a model of the Hugging Face hub into the cache that all programs share.",
  },
  args: {
    model: { type: "positional", description: "ORGANISATION/NAME, or ORGANISATION/NAME@REVISION.", required: true },
    revision: { type: "string", valueHint: "REV", description: "Branch, tag or commit; by default main." },
    include: {
      type: "string",
      valueHint: "GLOBS",
      description: "Files to take, with commas between; by default what a model needs to run.",
    },
    exclude: { type: "string", valueHint: "GLOBS", description: "Files to leave out, with commas between." },
  },
  examples: [
    { command: "mdp model get mlx-community/Llama-3.2-1B-Instruct-4bit", summary: "Then --model takes that name" },
    { command: "mdp model get org/name --revision v1.0 --exclude '*.py'", summary: "A tag, without its code" },
    { command: "mdp model get org/name --include '*' --json", summary: "Every file; the report for programs" },
  ],
  async run(context) {
    const log = logFor(context);
    const pace = new PaceMeter();
    const report = await interruptible({ quiet: context.quiet || context.json, hint: HINT }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      return await getFromHub({
        model: context.positionals[0]!,
        revision: context.value("revision"),
        include: globs(context.value("include")),
        exclude: globs(context.value("exclude")),
        signal,
        onWait: () => log.info("another process downloads this model; waiting for it"),
        onProgress: ({ bytes, total }) => {
          const { rate, remaining } = pace.update(bytes, total);
          const left = remaining === null ? "" : ` · ${formatSeconds(remaining)} left`;
          line.update(() => `${formatBytes(bytes)} of ${formatBytes(total)} · ${formatBytes(rate)}/s${left}`);
        },
      });
    });
    if (context.json) await writeJson(report);
    else {
      const from = report.offline ? "as it is in the cache" : `${formatBytes(report.downloaded)} loaded`;
      log.info(`${plural(report.files, "file")}, ${formatBytes(report.bytes)}, ${from}; commit ${report.commit}`);
      // The folder alone, for `$(…)`.
      await writeOut(`${report.dir}\n`);
    }
    return 0;
  },
});

function globs(text: string | undefined): string[] | undefined {
  return text
    ?.split(",")
    .map((glob) => glob.trim())
    .filter((glob) => glob !== "");
}
