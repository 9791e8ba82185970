/** `mdp model path`: where a model's files are. */
import { modelPath } from "../../../pipelines/models.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";

export default command({
  meta: { name: "path", description: "Print the folder of a model, for other programs." },
  args: { model: { type: "positional", description: "A name or a folder.", required: true } },
  examples: [{ command: 'ls "$(mdp model path all-MiniLM-L6-v2)"', summary: "The files of the default model" }],
  async run(context) {
    const path = modelPath(context.positionals[0]!);
    // As it is, without marks: programs open it.
    await (context.json ? writeJson({ path }) : writeOut(`${path}\n`));
    return 0;
  },
});
