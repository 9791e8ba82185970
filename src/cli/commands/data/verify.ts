/** `mdp data verify`: whether an output is what its manifest says. */
import { verifyData } from "../../../pipelines/data/verify.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderVerify } from "../../ui/data.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: { name: "verify", description: "Check every file of an output against its manifest; exit 1 when one differs." },
  args: {
    dir: { type: "positional", description: "A folder that curate, dedup or shard filled.", required: true },
    inputs: { type: "boolean", description: "Check too whether the inputs are still what they were." },
  },
  examples: [
    { command: "mdp data verify data/shards", summary: "Every shard" },
    { command: "mdp data verify data/clean --inputs", summary: "Every document file, and every input" },
  ],
  async run(context) {
    const report = await verifyData(context.positionals[0]!, context.has("inputs"));
    await (context.json ? writeJson(report) : writeOut(renderVerify(report, paintFor(context.stdout))));
    return report.problems.length > 0 ? 1 : 0;
  },
});
