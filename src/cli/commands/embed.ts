/** `mdp embed`: texts in, vectors out. */

import { locateProject } from "../../config/project.ts";
import { PaceMeter } from "../../core/progress.ts";
import { embedTexts } from "../../pipelines/embed.ts";
import { command } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeOut } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { formatCount, formatSeconds, plural } from "../ui/format.ts";
import { logFor } from "../ui/log.ts";
import { ProgressLine } from "../ui/progress.ts";
import { safeLine } from "../ui/sanitize.ts";

export default command({
  meta: { name: "embed", description: "Turn texts into vectors: one line is one text, and row order is input order." },
  args: {
    file: { type: "positional", description: "File of texts; - or nothing reads stdin.", required: false },
    jsonl: { type: "boolean", description: 'The input is JSONL with "text", and "id" if the rows have one.' },
    out: {
      type: "string",
      valueHint: "FILE",
      description: "Write .npy, .safetensors, .arrow or .jsonl; by default JSONL on stdout.",
    },
    ...settingArgs("embed"),
  },
  examples: [
    { command: "echo 'a text' | mdp embed", summary: "One vector" },
    { command: "mdp embed texts.txt --out vectors.npy", summary: "A file of lines, vectors for NumPy" },
    { command: "mdp embed rows.jsonl --jsonl --out vectors.arrow", summary: "Rows with ids" },
    {
      command: "mdp embed texts.txt --model nomic-embed-text-v1.5 --dtype 8bit --dim 256 --out vectors.npy",
      summary: "Weights packed by 8 bits, the first 256 numbers of each vector",
    },
    {
      command:
        "mdp embed texts.txt --model https://api.openai.com/v1#text-embedding-3-small --key-from OPENAI_API_KEY --out v.npy",
      summary: "By a model at an OpenAI-compatible endpoint",
    },
  ],
  async run(context) {
    const settings = await context.settings(locateProject(context.cwd, context.projectFlag));
    const out = context.value("out");
    const log = logFor(context);
    const pace = new PaceMeter();
    const input = context.positionals[0] ?? "-";
    if (input === "-" && process.stdin.isTTY) log.info("reading texts from here; Ctrl-D ends");
    // Vectors and progress on one screen would write over each other.
    const quiet = context.quiet || (out === undefined && context.stdout.isTTY);
    const report = await interruptible({ quiet: context.quiet || context.json }, async (signal) => {
      using line = new ProgressLine(context.stderr, quiet);
      return await embedTexts({
        input,
        jsonl: context.has("jsonl"),
        ...(out === undefined ? {} : { out }),
        writeOut,
        settings,
        signal,
        onProgress: ({ texts, tokens }) => {
          line.update(() => `${plural(texts, "text")} · ${formatCount(Math.round(pace.update(tokens).rate))} tokens/s`);
        },
      });
    });
    for (const note of report.notes) log.warn(note);
    for (const { id, reason } of report.refusals)
      log.warn(`${safeLine(`row ${id}`)} has no vector: ${safeLine(reason)}`);
    if (context.json && out !== undefined) {
      await writeJson(report);
    } else if (report.truncated > 0 || context.stderr.isTTY) {
      const cut = report.truncated > 0 ? `; ${formatCount(report.truncated)} longer than the model takes were cut` : "";
      const { rows, cached, tokens, seconds } = report;
      const known = cached > 0 ? ` (${formatCount(cached)} from the cache)` : "";
      log.info(`${plural(rows, "text")}${known}, ${plural(tokens, "token")} in ${formatSeconds(seconds)}${cut}`);
    }
    return report.refused > 0 ? 1 : 0;
  },
});
