/** `mdp data diff`: what differs between two outputs. */
import { dataDiff } from "../../../pipelines/data/diff.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderDiff } from "../../ui/data.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: { name: "diff", description: "Compare two outputs: their inputs, settings and counts." },
  args: {
    before: { type: "positional", description: "A folder that curate, dedup or shard filled.", required: true },
    after: { type: "positional", description: "Another one.", required: true },
  },
  examples: [{ command: "mdp data diff data/v1 data/v2", summary: "What changed from one to the other" }],
  async run(context) {
    const diff = await dataDiff(context.positionals[0]!, context.positionals[1]!);
    await (context.json ? writeJson(diff) : writeOut(renderDiff(diff, paintFor(context.stdout))));
    return 0;
  },
});
