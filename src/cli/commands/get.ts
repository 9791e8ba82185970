/** `mdp get`: prints the text of indexed documents. */
import { memberOf } from "../../core/member.ts";
import { type GotText, getTexts } from "../../pipelines/get.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { writeJson, writeModelText } from "../output.ts";
import { logFor } from "../ui/log.ts";
import { safeLine } from "../ui/sanitize.ts";

export default command({
  meta: { name: "get", description: "Print the text of files, lines or passages that the project holds." },
  args: {
    places: {
      type: "positional",
      description: "FILE, FILE:LINE, FILE:FROM-TO, or the id of a passage; several are allowed.",
      required: true,
      repeated: true,
    },
  },
  examples: [
    { command: "mdp get docs/backup.md:12-40", summary: "Some lines" },
    { command: "mdp get manual.pdf", summary: "The whole text of a PDF" },
    { command: "mdp get 3f9a61c2 docs/a.md:7 --json", summary: "A passage by its id and a line, one object a line" },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    const request = { project, places: context.positionals, cwd: context.cwd, settings };
    const told = new Set<string>();
    for await (const got of getTexts(request)) {
      if (!told.has(got.path)) tell(context, got);
      told.add(got.path);
      const alone = request.places.length === 1 && !got.uri.includes("#");
      await (context.json ? writeJson(got) : writeModelText(alone ? ended(got.text) : headed(got)));
    }
    return 0;
  },
});

const ended = (text: string) => (text.endsWith("\n") ? text : `${text}\n`);

function headed({ path, uri, startLine, endLine, row, text }: GotText): string {
  const detail = row === null ? "" : ` row ${row}`;
  const lines = startLine === endLine ? String(startLine) : `${startLine}-${endLine}`;
  return `==> ${safeLine(path)}${safeLine(memberOf(uri))}:${lines}${detail} <==\n${ended(text)}\n`;
}

function tell(context: Context, { file, path, source }: GotText): void {
  if (file === "changed") {
    logFor(context).warn(`${safeLine(path)} has changed since it was ingested: this is the text of then`);
  } else if (file === "gone") logFor(context).warn(`${safeLine(path)} is gone: this is what the index holds`);
  else if (file === "unknown" && source === "index") {
    logFor(context).info(`whether ${safeLine(path)} has changed is not known: this is what the index holds`);
  }
}
