/** `mdp model inspect`: what a model is. */
import { inspectModel } from "../../../pipelines/models.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { safeLine } from "../../ui/sanitize.ts";
import { renderTable } from "../../ui/table.ts";

export default command({
  meta: { name: "inspect", description: "Describe a model: everything that makes its vectors what they are." },
  args: { model: { type: "positional", description: "A name or a folder.", required: true } },
  examples: [
    { command: "mdp model inspect all-MiniLM-L6-v2", summary: "The default model" },
    { command: "mdp model inspect ./my-model --json", summary: "A folder, for programs" },
  ],
  async run(context) {
    const details = await inspectModel(context.positionals[0]!);
    if (context.json) await writeJson(details);
    else await writeOut(renderTable(Object.entries(details).map(([key, value]) => [key, safeLine(String(value))])));
    return 0;
  },
});
