/** `mdp search`: finds the best passages. */
import { searchProject } from "../../pipelines/search.ts";
import { defineCommand } from "../command.ts";
import { writeJson, writeOut } from "../output.ts";
import { renderHits } from "../ui/hits.ts";

export default defineCommand({
  summary: "Find the best passages for a question, by meaning and by words.",
  positionals: [{ name: "query", summary: "What to look for, in quotes.", required: true }],
  sections: ["search", "embed", "store"],
  flags: [{ name: "explain", summary: "Show what each leg found, what it adds to the score, and the query plans." }],
  aliases: [
    { name: "hybrid", field: "search.mode", sets: "hybrid" },
    { name: "vector", field: "search.mode", sets: "vector" },
    { name: "text", field: "search.mode", sets: "text" },
    { short: "k", field: "search.k" },
  ],
  examples: [
    { command: 'mdp search "how do I undo a commit?"', summary: "By meaning and by words" },
    { command: `mdp search "rate limit" -k 3 --filter "path LIKE 'docs/%'"`, summary: "The best three of a folder" },
    { command: 'mdp search --text "ERR_4017" --json | jq .hits[0].path', summary: "Words only, for programs" },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    const query = context.positionals[0]!;
    const report = await searchProject({ project, query, settings, explain: context.has("explain") });
    await (context.json ? writeJson(report) : writeOut(renderHits(report, project.dir, context.stdout)));
    return 0;
  },
});
