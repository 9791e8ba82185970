/** `mdp shard verify`: reads every shard and says which are damaged. */
import { verifyShards } from "../../../pipelines/shards/verify.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { setArg, shardWork } from "../../shard-work.ts";
import { renderVerify } from "../../ui/shards.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: {
    name: "verify",
    description: "Check every shard's hash and contents against the index; exit code 1 when one is damaged.",
  },
  args: setArg,
  examples: [
    { command: "mdp shard verify data/shards", summary: "After a copy to another disk" },
    { command: "mdp shard verify data/shards --json | jq .problems", summary: "For programs" },
  ],
  async run(context) {
    const report = await shardWork(context, (work) => verifyShards(context.positionals[0]!, work));
    await (context.json ? writeJson(report) : writeOut(renderVerify(report, paintFor(context.stdout))));
    return report.problems.length === 0 ? 0 : 1;
  },
});
