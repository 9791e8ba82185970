/** `mdp similar`: passages that mean about the same as one that is there. */
import { similarTo } from "../../pipelines/similar.ts";
import { command } from "../command.ts";
import { writeJson, writeOut } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { renderHits } from "../ui/hits.ts";

export default command({
  meta: { name: "similar", description: "Find the passages that resemble a file, or the passage at one of its lines." },
  args: {
    place: { type: "positional", description: "FILE or FILE:LINE of the project.", required: true },
    ...settingArgs({ section: "search", except: ["expand", "rerank", "rerankTop", "rerankWeight"] }, "store"),
  },
  examples: [
    { command: "mdp similar docs/backup.md", summary: "Files on the same matter" },
    { command: "mdp similar src/retry.py:40 -k 5", summary: "Code that does about the same" },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    const report = await similarTo({ project, place: context.positionals[0]!, cwd: context.cwd, settings });
    if (context.json) await writeJson(report);
    else
      await writeOut(
        renderHits({ query: "", mode: "vector", engines: [], hits: report.hits }, project.dir, context.stdout),
      );
    return 0;
  },
});
