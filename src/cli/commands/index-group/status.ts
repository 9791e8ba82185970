/** `mdp index status`: the indices of each table, and what they cover. */
import { indexStatus } from "../../../pipelines/index/status.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { settingArgs } from "../../settings.ts";
import { renderIndexStatus } from "../../ui/indices.ts";
import { paintFor } from "../../ui/terminal.ts";
import { typesOf } from "../../values.ts";

export default command({
  meta: {
    name: "status",
    description: "Show the indices of each table: kind, parameters, rows inside and outside, versions, size.",
  },
  args: {
    type: { type: "string", several: true, valueHint: "ENGINE", description: "Engines to show. All by default." },
    ...settingArgs("store"),
  },
  examples: [
    { command: "mdp index status", summary: "Every table" },
    { command: "mdp index status --type code --json", summary: "One, for a script" },
  ],
  async run(context) {
    const project = context.project();
    const types = typesOf(context);
    const entries = await indexStatus(project, await context.settings(project), types);
    await (context.json ? writeJson(entries) : writeOut(renderIndexStatus(entries, paintFor(context.stdout))));
    return 0;
  },
});
