/** Org: headlines, source blocks and tables as Markdown; drawers, comments and settings are left out. */
import type { Metadata } from "../../core/document.ts";
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { LineWriter } from "./shared/line-writer.ts";
import { extensions } from "./shared/names.ts";

const org: Format = {
  name: "org",
  extensions: extensions.org,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    const { writer, settings, heading } = convert(decoded.text);
    const metadata: Metadata = {};
    for (const name of ["author", "date", "filetags"]) {
      if (settings.has(name)) metadata[name] = settings.get(name)!.slice(0, 1_000).toWellFormed();
    }
    yield fileDocument(input, decoded, {
      kind: "org",
      title: settings.get("title") || heading,
      lang: /^[a-z]{2,3}(?=$|[-_])/.exec(settings.get("language") ?? "")?.[0] ?? null,
      text: writer.text,
      segments: writer.segments,
      metadata,
    });
  },
};
export default org;

const HEADLINE =
  /^(\*+)\s+(?:(?:TODO|DONE|NEXT|WAITING|HOLD|CANCELLED)\s+)?(?:\[#[A-Z]\]\s+)?(.*?)(?:\s+:[\w@#%:]+:)?\s*$/;
const MAX_LEVEL = 6;

function convert(source: string) {
  const writer = new LineWriter();
  const settings = new Map<string, string>();
  let heading: string | undefined;
  let block: string | undefined;
  let drawer = false;
  for (const [i, line] of source.split("\n").entries()) {
    const begin = /^\s*#\+begin_(\w+)\s*([\w+#-]*)/i.exec(line);
    if (block !== undefined) {
      if (new RegExp(`^\\s*#\\+end_${block}\\b`, "i").test(line)) {
        if (isCode(block)) writer.verbatim("```", i + 1);
        writer.blank();
        block = undefined;
      } else if (isCode(block)) writer.verbatim(line.replace(/^(\s*),(?=\*|#\+)/, "$1"), i + 1);
      else if (block !== "comment") writer.add(block === "quote" ? `> ${inline(line.trim())}` : inline(line), i + 1);
    } else if (begin) {
      block = begin[1]!.toLowerCase();
      writer.blank();
      if (isCode(block)) writer.add(`\`\`\`${block === "src" ? begin[2] : ""}`, i + 1);
    } else if (/^\s*:(?:END):\s*$/i.test(line)) drawer = false;
    else if (drawer || /^\s*(?:SCHEDULED|DEADLINE|CLOSED):/.test(line)) continue;
    else if (/^\s*:(?:PROPERTIES|LOGBOOK|[A-Z_]+):\s*$/.test(line)) drawer = true;
    else if (/^\s*#(?:\s|$)/.test(line)) continue;
    else {
      const setting = /^\s*#\+(\w+):\s*(.*)$/.exec(line);
      const headline = HEADLINE.exec(line);
      if (setting) {
        const name = setting[1]!.toLowerCase();
        settings.set(name, `${settings.get(name) ?? ""} ${setting[2]}`.trim());
        if (name === "caption") writer.add(inline(setting[2]!), i + 1);
      } else if (headline) {
        heading ??= inline(headline[2]!);
        writer.blank();
        writer.add(`${"#".repeat(Math.min(MAX_LEVEL, headline[1]!.length))} ${inline(headline[2]!)}`, i + 1);
        writer.blank();
      } else writer.add(/^\s*\|[-+]+\|?\s*$/.test(line) ? line.replaceAll("+", "|") : inline(line), i + 1);
    }
  }
  return { writer, settings, heading };
}

function isCode(block: string): boolean {
  return block === "src" || block === "example" || block === "export";
}

/** Links by their words; the marks of emphasis around code as Markdown's. */
function inline(text: string): string {
  return text
    .replace(/\[\[([^\]]*)\]\[([^\]]*)\]\]/g, "$2")
    .replace(/\[\[([^\]]*)\]\]/g, "$1")
    .replace(/(^|[\s(])[=~](\S(?:[^=~\n]*\S)?)[=~](?=$|[\s).,;:!?])/g, "$1`$2`");
}
