/** `mdp search`: finds the best passages. */
import { UsageError } from "../../core/errors.ts";
import { searchProject } from "../../pipelines/search.ts";
import { groupStatements } from "../../pipelines/statement-groups.ts";
import { command } from "../command.ts";
import { writeJson, writeOut } from "../output.ts";
import { modeArgs, searchRequest, typeArg } from "../search-args.ts";
import { settingArgs } from "../settings.ts";
import { similarityOf, statementArgs } from "../statements.ts";
import { formatCount } from "../ui/format.ts";
import { renderHits } from "../ui/hits.ts";
import { renderGroups } from "../ui/statements.ts";

export default command({
  meta: { name: "search", description: "Find the best passages for a question, by meaning and by words." },
  args: {
    query: {
      type: "positional",
      description: "What to look for, in quotes; not needed with --cluster.",
      required: false,
    },
    explain: {
      type: "boolean",
      description: "Show what each leg found, what it adds to the score, and the query plans.",
    },
    type: typeArg,
    ...statementArgs,
    ...settingArgs("search", "embed", "store", "ask"),
    ...modeArgs,
  },
  examples: [
    { command: 'mdp search "how do I undo a commit?"', summary: "By meaning and by words" },
    { command: `mdp search "rate limit" -k 3 --filter "path LIKE 'docs/%'"`, summary: "The best three of a folder" },
    { command: 'mdp search --type code "parse a date"', summary: "In source code only" },
    {
      command: 'mdp search --type sql "orders of a customer" --min-time 250ms',
      summary: "Statements that took that long",
    },
    { command: "mdp search --type sql --cluster --since 24h", summary: "What a database spent its time on" },
    {
      command: 'mdp search "how do I undo a commit?" --rerank ms-marco-MiniLM-L6-v2 --explain',
      summary: "The best 50 read again by a cross-encoder",
    },
    {
      command: 'mdp search "how do I undo a commit?" --expand --decoder ./qwen3 --explain',
      summary: "In other words too, which a local model writes",
    },
    { command: 'mdp search --text "ERR_4017" --json | jq .hits[0].path', summary: "Words only, for programs" },
  ],
  async run(context) {
    const query = context.positionals[0];
    const grouped = context.has("cluster");
    if (query === undefined && !grouped) {
      throw new UsageError("mdp search needs <query>: what to look for, in quotes", "mdp search --help has examples");
    }
    const similarity = similarityOf(context);
    const request = await searchRequest(context);
    if (grouped) {
      const report = await groupStatements({ ...request, query, similarity });
      await (context.json ? writeJson(report) : writeOut(renderGroups(report, context.stdout)));
      return 0;
    }
    const report = await searchProject({ ...request, query: query!, explain: context.has("explain") });
    const { waiting } = report;
    if (waiting > 0) {
      const what =
        waiting === 1
          ? "1 chunk has no vector yet and is"
          : `${formatCount(waiting)} chunks have no vector yet and are`;
      // Most searches print data alone and need no logger.
      const { logFor } = await import("../ui/log.ts");
      logFor(context).info(`note: ${what} found by words only; an ingest that is running makes them, or the next one`);
    }
    await (context.json ? writeJson(report) : writeOut(renderHits(report, request.project.dir, context.stdout)));
    return 0;
  },
});
