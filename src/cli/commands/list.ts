/** `mdp list`: the files that the project knows of. */
import type { Outcome } from "../../manifest/state.ts";
import { type ListedFile, listFiles } from "../../pipelines/list.ts";
import { command } from "../command.ts";
import { writeOut } from "../output.ts";
import { formatBytes, formatCount } from "../ui/format.ts";
import { logFor } from "../ui/log.ts";
import { jsonText, safeLine } from "../ui/sanitize.ts";
import { type Paint, paintFor } from "../ui/terminal.ts";
import { typesOf } from "../values.ts";

/** Lines that are written together. */
const TOGETHER = 500;

export default command({
  meta: { name: "list", description: "List the files of the project: what became of each, its passages, and when." },
  args: {
    patterns: {
      type: "positional",
      description: "Globs, in quotes, or folders: '*.pdf', 'docs/**/*.md', src. All files by default.",
      required: false,
      repeated: true,
    },
    failed: { type: "boolean", description: "Only files that could not be read, or not to their end." },
    skipped: { type: "boolean", description: "Only files that no format reads." },
    type: {
      type: "string",
      several: true,
      valueHint: "ENGINE",
      description: "Only files of these engines, by name or type; several by commas.",
    },
  },
  examples: [
    { command: "mdp list", summary: "All files" },
    { command: "mdp list --failed", summary: "What went wrong, and why" },
    { command: "mdp list 'docs/**/*.md' --json | jq -r .path", summary: "One JSON object a line" },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    const types = typesOf(context);
    const outcomes: Outcome[] = [
      ...(context.has("failed") ? (["failed", "partial"] as const) : []),
      ...(context.has("skipped") ? (["skipped"] as const) : []),
    ];
    const paint = paintFor(context.stdout);
    let lines: string[] = [];
    let count = 0;
    const request = { project, settings, cwd: context.cwd, patterns: context.positionals, types, outcomes };
    for await (const file of listFiles(request)) {
      count++;
      lines.push(context.json ? `${jsonText(file)}\n` : lineOf(file, paint));
      if (lines.length < TOGETHER) continue;
      await writeOut(lines.join(""));
      lines = [];
    }
    await writeOut(lines.join(""));
    if (count === 0 && !context.json) logFor(context).info("no file matches");
    return 0;
  },
});

/** Columns of fixed widths, as nothing is known of the lines that follow. */
function lineOf({ path, outcome, chunks, size, ingested, engines, reason }: ListedFile, paint: Paint): string {
  const when = ingested === null ? "" : ingested.slice(0, 16).replace("T", " ");
  const columns = [
    outcome === "ok" ? "ok     " : paint.yellow(outcome.padEnd(7)),
    formatCount(chunks).padStart(7),
    formatBytes(size).padStart(7),
    when.padEnd(16),
    engines.join(",").padEnd(9),
  ];
  const why = reason === null ? "" : `\n        ${paint.dim(safeLine(reason))}`;
  return `${columns.join("  ")}  ${safeLine(path)}${why}\n`;
}
