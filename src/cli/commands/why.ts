/** `mdp why`: where a passage or a row is from, what became of a file, and why. */
import { checkSettings } from "../../config/load.ts";
import { UsageError } from "../../core/errors.ts";
import { fateOf } from "../../pipelines/data/origin/fate.ts";
import { rowOrigin } from "../../pipelines/data/origin/row.ts";
import { parsePlace } from "../../pipelines/place.ts";
import { why } from "../../pipelines/why.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { writeJson, writeOut } from "../output.ts";
import { paintFor } from "../ui/terminal.ts";
import { renderWhy } from "../ui/why.ts";

export default command({
  meta: {
    name: "why",
    description: "Tell where a passage or a row of shards is from, or what became of a file and why.",
  },
  args: {
    place: {
      type: "positional",
      description: "The id of a passage, FILE:LINE, FILE; or DIR:SPLIT:ROW of shards, with rows counted from 0.",
      required: true,
    },
    in: {
      type: "string",
      valueHint: "DIR",
      description: "What became of FILE or FILE:LINES in this output of curate, dedup or shard.",
    },
    tokenizer: { type: "string", valueHint: "PATH", description: "The tokenizer of the shards, where it lies now." },
  },
  examples: [
    { command: "mdp why docs/backup.md:12", summary: "What made the passage at that line" },
    { command: "mdp why 3f9a61c2", summary: "The file and lines of a hit" },
    { command: "mdp why notes/draft.md", summary: "Why a file is not found: the rule and its line" },
    {
      command: "mdp why raw/posts.jsonl:88 --in data/shards",
      summary: "Which filter dropped a document, by which value",
    },
    { command: "mdp why data/shards:train:17", summary: "The documents that a row is made of" },
  ],
  async run(context) {
    const report = await answer(context, context.positionals[0]!);
    await (context.json ? writeJson(report) : writeOut(renderWhy(report, paintFor(context.stdout))));
    return 0;
  },
});

async function answer(context: Context, place: string) {
  const output = context.value("in");
  if (output !== undefined) return fateOf(output, place, parsePlace(place), context.cwd);
  const [, dir, split, row] = /^(.+):([\w.-]*[A-Za-z_][\w.-]*):(\d+)$/.exec(place) ?? [];
  if (dir !== undefined) return rowOrigin(dir, place, split!, Number(row), context.value("tokenizer"));
  if (context.value("tokenizer") !== undefined) {
    throw new UsageError("--tokenizer is for rows of shards", "mdp why DIR:SPLIT:ROW --tokenizer PATH");
  }
  const project = context.project();
  const settings = await context.settings(project);
  const { whereOf } = await checkSettings({ projectDir: project.dir, flags: context.given, env: process.env });
  return why({ project, settings, cwd: context.cwd, place, whereOf });
}
