/** `mdp why`: where a passage is from, what became of a file, and why. */
import { why } from "../../pipelines/why.ts";
import { command } from "../command.ts";
import { writeJson, writeOut } from "../output.ts";
import { paintFor } from "../ui/terminal.ts";
import { renderWhy } from "../ui/why.ts";

export default command({
  meta: {
    name: "why",
    description: "Tell where a passage is from and what made it, or what became of a file and why.",
  },
  args: {
    place: {
      type: "positional",
      description: "The id of a passage, FILE:LINE, or FILE.",
      required: true,
    },
  },
  examples: [
    { command: "mdp why docs/backup.md:12", summary: "What made the passage at that line" },
    { command: "mdp why 3f9a61c2", summary: "The file and lines of a hit" },
    { command: "mdp why notes/draft.md", summary: "Why a file is not found: the rule and its line" },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    const report = await why({ project, settings, cwd: context.cwd, place: context.positionals[0]! });
    await (context.json ? writeJson(report) : writeOut(renderWhy(report, paintFor(context.stdout))));
    return 0;
  },
});
