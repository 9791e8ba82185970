/** `mdp data diff`: what differs between two states of the project's tables, or between two outputs. */
import { resolve } from "node:path";
import { UsageError } from "../../../core/errors.ts";
import { dataDiff } from "../../../pipelines/data/diff.ts";
import { tablesDiff } from "../../../pipelines/data/tables/diff.ts";
import { isMoment } from "../../../pipelines/data/tables/moments.ts";
import { isOutput } from "../../../pipelines/data/tables/subject.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderDiff } from "../../ui/data.ts";
import { renderChange, renderTablesDiff } from "../../ui/tables.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: {
    name: "diff",
    description: "Compare two states of the project's tables by passages and files, or two outputs.",
  },
  args: {
    before: {
      type: "positional",
      description: "A tag, a run or TABLE@VERSION; or a folder that curate, dedup or shard filled.",
      required: true,
    },
    after: { type: "positional", description: "Another one; for tables the state of now by default.", required: false },
    chunks: { type: "boolean", description: "Name every passage that differs, with --json as one object a line." },
  },
  examples: [
    { command: "mdp data diff before-cleanup", summary: "What has changed since the tag" },
    { command: "mdp data diff chunks@12 chunks@20 --chunks", summary: "Passage by passage" },
    { command: "mdp data diff data/v1 data/v2", summary: "What changed from one output to the other" },
  ],
  async run(context) {
    const [before, after] = context.positionals as [string, string | undefined];
    const output = isOutput(resolve(context.cwd, before));
    if (!output && (after === undefined || isMoment(context.project(), before))) return tables(context, before, after);
    if (after === undefined) throw new UsageError("compare the output with which one?", "mdp data diff DIR OTHER-DIR");
    const diff = await dataDiff(before, after);
    await (context.json ? writeJson(diff) : writeOut(renderDiff(diff, paintFor(context.stdout))));
    return 0;
  },
});

async function tables(context: Context, before: string, after = "now"): Promise<number> {
  const onChange = async (change: Parameters<typeof renderChange>[0]) => {
    await (context.json ? writeJson(change) : writeOut(renderChange(change)));
  };
  const named = context.has("chunks");
  const diff = await tablesDiff(context.project(), before, after, named ? onChange : undefined);
  if (context.json && named) return 0;
  await (context.json ? writeJson(diff) : writeOut(renderTablesDiff(diff, paintFor(context.stdout))));
  return 0;
}
