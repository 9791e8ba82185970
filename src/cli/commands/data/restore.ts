/** `mdp data restore`: the project's tables as they were. */
import { restoreTables } from "../../../pipelines/data/tables/restore.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderRestore } from "../../ui/tables.ts";

export default command({
  meta: {
    name: "restore",
    description: "Take the tables, and what the project knows of its files, back to a tag, a run or a version.",
  },
  args: {
    to: {
      type: "positional",
      description: "A tag, the id of a run, or TABLE@VERSION, as mdp data log shows them.",
      required: true,
    },
  },
  changes: true,
  examples: [
    { command: "mdp data restore before-cleanup", summary: "Everything as it was tagged" },
    { command: "mdp data restore code@12", summary: "One table; the next ingest looks at the files that differ" },
  ],
  async run(context) {
    const report = await restoreTables(context.project(), context.positionals[0]!);
    await (context.json ? writeJson(report) : writeOut(renderRestore(report)));
    return 0;
  },
});
