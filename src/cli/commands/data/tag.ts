/** `mdp data tag`: a name for the run that an output holds. */
import { dataTag } from "../../../pipelines/data/history.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";

export default command({
  meta: { name: "tag", description: "Give the run that an output holds a name, which mdp data log shows." },
  args: {
    dir: { type: "positional", description: "A folder that curate, dedup or shard filled.", required: true },
    name: { type: "positional", description: "Letters, digits, dots, dashes and underscores.", required: true },
    force: { type: "boolean", description: "Take the name from another run." },
  },
  examples: [{ command: "mdp data tag data/shards v1", summary: "Call it v1" }],
  async run(context) {
    const tagged = await dataTag(context.positionals[0]!, context.positionals[1]!, context.has("force"));
    await (context.json ? writeJson(tagged) : writeOut(`${tagged.tag} is ${tagged.fingerprint}\n`));
    return 0;
  },
});
