/** `mdp data log`: the runs that filled an output, or that made the versions of the project's tables. */
import { dataLog } from "../../../pipelines/data/history.ts";
import { tablesLog } from "../../../pipelines/data/tables/log.ts";
import { subjectOf } from "../../../pipelines/data/tables/subject.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderLog } from "../../ui/data.ts";
import { renderTablesLog } from "../../ui/tables.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: {
    name: "log",
    description:
      "List the runs that made the project's tables, or filled an output, the latest first, with their tags.",
  },
  args: {
    what: {
      type: "positional",
      description: "An engine or table, or a folder that curate, dedup or shard filled; all tables by default.",
      required: false,
    },
  },
  examples: [
    { command: "mdp data log", summary: "What each ingest added and removed" },
    { command: "mdp data log code", summary: "In one table" },
    { command: "mdp data log data/shards", summary: "The runs of an output: when, how much, what it is called" },
  ],
  async run(context) {
    const paint = paintFor(context.stdout);
    const subject = subjectOf(context.positionals[0], context.cwd, context.projectFlag);
    if ("folder" in subject) {
      const runs = await dataLog(subject.folder);
      await (context.json ? writeJson(runs) : writeOut(renderLog(runs, paint)));
      return 0;
    }
    const entries = await tablesLog(subject.tables, subject.word);
    await (context.json ? writeJson(entries) : writeOut(renderTablesLog(entries, paint)));
    return 0;
  },
});
