/** `mdp data log`: the runs that filled an output. */
import { dataLog } from "../../../pipelines/data/history.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderLog } from "../../ui/data.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: { name: "log", description: "List the runs that filled an output, the latest first, with their tags." },
  args: { dir: { type: "positional", description: "A folder that curate, dedup or shard filled.", required: true } },
  examples: [{ command: "mdp data log data/shards", summary: "When, how much, and what it is called" }],
  async run(context) {
    const runs = await dataLog(context.positionals[0]!);
    await (context.json ? writeJson(runs) : writeOut(renderLog(runs, paintFor(context.stdout))));
    return 0;
  },
});
