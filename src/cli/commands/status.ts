/** `mdp status`: what the project holds. */
import { statusOf } from "../../pipelines/status.ts";
import { command } from "../command.ts";
import { writeJson, writeOut } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { renderStatus } from "../ui/status.ts";
import { paintFor } from "../ui/terminal.ts";

export default command({
  meta: { name: "status", description: "Show what the project holds, how it is indexed, and which files failed." },
  args: settingArgs("store"),
  examples: [
    { command: "mdp status", summary: "The project of this folder" },
    { command: "mdp status --project ~/notes --json", summary: "Another one, for programs" },
  ],
  async run(context) {
    const project = context.project();
    const report = await statusOf({ project, settings: await context.settings(project) });
    await (context.json ? writeJson(report) : writeOut(renderStatus(report, paintFor(context.stdout))));
    return 0;
  },
});
