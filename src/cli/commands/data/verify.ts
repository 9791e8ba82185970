/** `mdp data verify`: whether an output is what its manifest says, or the tables what the project's state says. */
import { subjectOf } from "../../../pipelines/data/tables/subject.ts";
import { verifyTables } from "../../../pipelines/data/tables/verify.ts";
import { verifyData } from "../../../pipelines/data/verify.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderVerify } from "../../ui/data.ts";
import { renderTablesVerify } from "../../ui/tables.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: {
    name: "verify",
    description:
      "Check the project's tables against its state, or an output against its manifest; exit 1 when one differs.",
  },
  args: {
    what: {
      type: "positional",
      description: "An engine or table, or a folder that curate, dedup or shard filled; all tables by default.",
      required: false,
    },
    inputs: { type: "boolean", description: "Of an output: check too whether the inputs are still what they were." },
    vectors: { type: "boolean", description: "Of tables: read every vector, too." },
  },
  examples: [
    { command: "mdp data verify", summary: "Every document and passage, ids, vectors' sizes, indices, tags" },
    { command: "mdp data verify data/shards", summary: "Every shard of an output" },
    { command: "mdp data verify data/clean --inputs", summary: "Every document file, and every input" },
  ],
  async run(context) {
    const paint = paintFor(context.stdout);
    const subject = subjectOf(context.positionals[0], context.cwd, context.projectFlag);
    if ("folder" in subject) {
      const report = await verifyData(subject.folder, context.has("inputs"));
      await (context.json ? writeJson(report) : writeOut(renderVerify(report, paint)));
      return report.problems.length > 0 ? 1 : 0;
    }
    const { tables: project, word } = subject;
    const settings = await context.settings(project);
    const report = await verifyTables({ project, settings, word, vectors: context.has("vectors") });
    await (context.json ? writeJson(report) : writeOut(renderTablesVerify(report, paint)));
    return report.ok ? 0 : 1;
  },
});
