/** Markdown: the text after the front matter, which becomes title, language and metadata. */
import type { Metadata } from "../../core/document.ts";
import { messageOf } from "../../core/errors.ts";
import type { Format } from "./format.ts";
import { fileDocument, joinNotes, readText } from "./shared/document.ts";
import { toMetadata } from "./shared/metadata.ts";
import { extensions } from "./shared/names.ts";

const markdown: Format = {
  name: "markdown",
  extensions: extensions.markdown,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    const front = splitFrontMatter(decoded.text);
    const { title, lang, language, ...rest } = front.fields;
    const named = String(title ?? "").trim() || firstHeading(front.text);
    yield fileDocument(
      input,
      { ...decoded, ...joinNotes(decoded.note, front.problem) },
      {
        kind: "markdown",
        title: named,
        lang: languageCode(lang ?? language),
        text: front.text,
        segments: front.lines > 0 ? [{ start: 0, line: front.lines + 1 }] : [],
        metadata: rest,
      },
    );
  },
};
export default markdown;

interface FrontMatter {
  text: string;
  /** Source lines before `text`. */
  lines: number;
  fields: Metadata;
  problem?: string;
}

const FRONT_MATTER = /^---[ \t]*\n((?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|$)/;

/** YAML between two lines of `---` at the top. What does not parse to a mapping is kept as text. */
export function splitFrontMatter(source: string): FrontMatter {
  const match = source.startsWith("---") ? FRONT_MATTER.exec(source) : null;
  if (!match) return { text: source, lines: 0, fields: {} };
  try {
    const parsed: unknown = Bun.YAML.parse(match[1]!);
    if (parsed === null) return { text: source.slice(match[0].length), lines: lineCount(match[0]), fields: {} };
    // A thematic break over prose looks the same; only a mapping is front matter.
    if (typeof parsed !== "object" || Array.isArray(parsed)) return { text: source, lines: 0, fields: {} };
    return {
      text: source.slice(match[0].length),
      lines: lineCount(match[0]),
      fields: toMetadata(parsed as Record<string, unknown>),
    };
  } catch (error) {
    return {
      text: source,
      lines: 0,
      fields: {},
      problem: `front matter is not YAML, kept as text: ${messageOf(error)}`,
    };
  }
}

/** The first `# …` or underlined heading outside fences. */
function firstHeading(text: string): string | undefined {
  let fence: string | undefined;
  let previous = "";
  for (const line of text.slice(0, 20_000).split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark && (!fence || mark.startsWith(fence))) fence = fence ? undefined : mark;
    else if (!fence) {
      const heading = /^ {0,3}#[ \t]+(.*)$/.exec(line)?.[1];
      if (heading) return plain(heading);
      if (/^ {0,3}=+\s*$/.test(line) && previous.trim() !== "") return plain(previous);
    }
    previous = line;
  }
  return undefined;
}

const MAX_HEADING_CHARS = 500;

/** A heading without its closing marks and its inline ones. */
function plain(heading: string): string {
  return heading
    .slice(0, MAX_HEADING_CHARS)
    .replace(/[ \t]#+[ \t]*$/, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[`*]/g, "")
    .replace(/<[^>]*>/g, "");
}

function languageCode(value: unknown): string | null {
  return typeof value === "string" ? (/^[a-z]{2,3}(?=$|[-_])/i.exec(value)?.[0].toLowerCase() ?? null) : null;
}

function lineCount(text: string): number {
  return text.split("\n").length - 1;
}
