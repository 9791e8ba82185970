/** `mdp embed`: texts in, vectors out. */

import { locateProject } from "../../config/project.ts";
import { PaceMeter } from "../../core/progress.ts";
import { embedTexts } from "../../pipelines/embed.ts";
import { defineCommand } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { writeError, writeJson, writeOut } from "../output.ts";
import { formatCount, formatSeconds, plural } from "../ui/format.ts";
import { ProgressLine } from "../ui/progress.ts";

export default defineCommand({
  summary: "Turn texts into vectors: one line is one text, and row order is input order.",
  positionals: [{ name: "file", summary: "File of texts; - or nothing reads stdin." }],
  sections: ["embed"],
  flags: [
    { name: "jsonl", summary: 'The input is JSONL with "text", and "id" if the rows have one.' },
    { name: "out", value: "FILE", summary: "Write .npy, .safetensors, .arrow or .jsonl; by default JSONL on stdout." },
  ],
  examples: [
    { command: "echo 'a text' | mdp embed", summary: "One vector" },
    { command: "mdp embed texts.txt --out vectors.npy", summary: "A file of lines, vectors for NumPy" },
    { command: "mdp embed rows.jsonl --jsonl --out vectors.arrow", summary: "Rows with ids" },
  ],
  async run(context) {
    const settings = await context.settings(locateProject(context.cwd, context.projectFlag));
    const out = context.value("out");
    const pace = new PaceMeter();
    const input = context.positionals[0] ?? "-";
    if (input === "-" && process.stdin.isTTY && !context.quiet) writeError("reading texts from here; Ctrl-D ends\n");
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
    if (context.json && out !== undefined) {
      await writeJson(report);
    } else if (!context.quiet && (report.truncated > 0 || context.stderr.isTTY)) {
      const cut = report.truncated > 0 ? `; ${formatCount(report.truncated)} longer than the model takes were cut` : "";
      const { rows, tokens, seconds } = report;
      writeError(`${plural(rows, "text")}, ${plural(tokens, "token")} in ${formatSeconds(seconds)}${cut}\n`);
    }
    return 0;
  },
});
