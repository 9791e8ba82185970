/** LaTeX: sections, lists, tables and listings as Markdown, formulas as they are written; comments are left out. */
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { LineWriter } from "./shared/line-writer.ts";
import { extensions } from "./shared/names.ts";
import { plainTex } from "./shared/tex-words.ts";

const tex: Format = {
  name: "tex",
  extensions: extensions.tex,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    const { writer, title, author, heading } = convert(decoded.text);
    yield fileDocument(input, decoded, {
      kind: "tex",
      title: title || heading,
      text: writer.text,
      segments: writer.segments,
      metadata: author ? { author: author.slice(0, 1_000).toWellFormed() } : {},
    });
  },
};
export default tex;

const SECTIONS = ["part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph"];
const SECTION = new RegExp(`^(.*?)\\\\(${SECTIONS.join("|")})\\*?(?:\\[[^\\]]*\\])?\\{`);
const VERBATIM =
  /^\s*\\begin\{(verbatim\*?|Verbatim|lstlisting|minted|alltt|code|comment)\}(?:\[([^\]]*)\])?(?:\{(\w+)\})?/;
const LISTS = new Set(["itemize", "enumerate", "description"]);
const TABLES = new Set(["tabular", "tabular*", "tabularx", "longtable", "array"]);
/** Environments of formulas: `&` and `\\` belong to them. */
const MATH = /^(?:equation|align|gather|multline|eqnarray|displaymath|math|flalign|alignat)\*?$/;
/** Commands that say nothing to a reader; a line of nothing else is left out. */
const SILENT =
  /\\(?:label|vspace|hspace|bibliographystyle|pagestyle|thispagestyle|setlength|addtolength|setcounter|includegraphics|usepackage|documentclass|newcommand|renewcommand|def|input|include|index|hypersetup)\*?(?:\[[^\]]*\])?(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})*/g;

interface State {
  writer: LineWriter;
  /** Lines without their comments. */
  lines: readonly string[];
  levels: ReadonlyMap<string, number>;
  /** Environments around the line, outermost first. */
  open: string[];
  /** Rows of the table so far. */
  rows: number;
  /** Environment whose lines are kept as they are. */
  verbatim: string | undefined;
  heading: string | undefined;
}

/** Deeper environments are not followed. */
const MAX_OPEN = 100;
const BARE =
  /^\s*(?:\\(?:maketitle|tableofcontents|centering|(?:top|mid|bottom|h)(?:rule|line)|newpage|clearpage|appendix|noindent))?\s*$/;

function convert(whole: string) {
  const source = whole.split("\n");
  const lines = source.map(withoutComment);
  const begin = lines.findIndex((line) => line.includes("\\begin{document}"));
  const end = lines.findIndex((line, i) => i > begin && line.includes("\\end{document}"));
  const writer = new LineWriter();
  const levels = levelsOf(whole);
  const state: State = { writer, lines, levels, open: [], rows: 0, verbatim: undefined, heading: undefined };
  for (let i = begin + 1; i < (end === -1 ? lines.length : end); i++) {
    if (writeVerbatim(state, source[i]!, lines[i]!, i + 1)) continue;
    followEnvironments(state, lines[i]!);
    const section = SECTION.exec(lines[i]!);
    if (!section) {
      writeLine(state, lines[i]!, i + 1);
      continue;
    }
    if (section[1]!.trim() !== "") writer.add(plainTex(section[1]!), i + 1);
    // A heading's words may go on over the next lines.
    const read = balanced(lines, i, section[0].length);
    const words = plainTex(read.text);
    state.heading ??= words;
    writer.blank();
    writer.add(`${"#".repeat(levels.get(section[2]!) ?? 1)} ${words}`, i + 1);
    writer.blank();
    i = read.line;
    writeLine(state, read.rest, i + 1);
  }
  return { writer, title: argument(lines, "title"), author: argument(lines, "author"), heading: state.heading };
}

/** True for a line of an environment that is kept as it is, its borders included. */
function writeVerbatim(state: State, source: string, line: string, number: number): boolean {
  const { writer, verbatim } = state;
  if (verbatim !== undefined) {
    const ends = source.includes(`\\end{${verbatim}}`);
    if (verbatim !== "comment") writer.verbatim(ends ? "```" : source, number);
    if (!ends) return true;
    writer.blank();
    state.verbatim = undefined;
    return true;
  }
  const code = VERBATIM.exec(line);
  if (!code) return false;
  state.verbatim = code[1]!;
  writer.blank();
  const language = /language=\{?(\w+)/.exec(code[2] ?? "")?.[1] ?? code[3] ?? "";
  if (state.verbatim !== "comment") writer.add(`\`\`\`${language.toLowerCase()}`, number);
  return true;
}

function followEnvironments(state: State, line: string): void {
  for (const [, what, name] of line.matchAll(/\\(begin|end)\{([\w*]+)\}/g)) {
    if (what === "end") {
      const at = state.open.lastIndexOf(name!);
      if (at !== -1) state.open.splice(at, 1);
    } else if (state.open.length < MAX_OPEN) state.open.push(name!);
    if (TABLES.has(name!)) state.rows = 0;
    if (!MATH.test(name!)) state.writer.blank();
  }
}

function writeLine(state: State, line: string, number: number): void {
  const { writer, open } = state;
  const bare = line
    .replace(/\\(?:begin|end)\{[\w*]+\}(?:\[[^\]]*\])?/g, "")
    .replace(SILENT, "")
    .replace(/^\s*\{[lcrp|@{}.\d\s\w*\\>]*\}\s*$/, "");
  if (line.trim() === "") writer.blank();
  else if (BARE.test(bare)) return;
  else if (open.some((name) => TABLES.has(name))) state.rows = writeRow(writer, bare, number, state.rows);
  else if (open.some((name) => MATH.test(name))) writer.add(bare.trim(), number);
  else writeText(writer, bare, number, open);
}

function writeText(writer: LineWriter, line: string, number: number, open: readonly string[]): void {
  const depth = open.filter((name) => LISTS.has(name)).length;
  const margin = "  ".repeat(Math.max(0, depth - 1));
  // Several items may stand in one line, behind what ends the one before or nothing.
  for (const part of line.split(/(?=\\item(?![a-zA-Z]))/)) {
    const item = /^\\item\s*(?:\[([^\]]*)\])?\s*(.*)$/.exec(part);
    if (item) {
      const label = item[1] === undefined ? "" : `${plainTex(item[1])}: `;
      writer.add(`${margin}- ${label}${plainTex(item[2]!)}`.trimEnd(), number);
    } else if (part.trim() !== "") writer.add(depth > 0 ? `${margin}  ${plainTex(part)}` : plainTex(part), number);
  }
}

function writeRow(writer: LineWriter, line: string, number: number, rows: number): number {
  const content = line
    .replace(/\\(?:hline|toprule|midrule|bottomrule|cline\{[^}]*\})/g, "")
    .replace(/\\\\(?:\[[^\]]*\])?\s*$/, "");
  if (!/(?<!\\)&/.test(content)) {
    if (content.trim() !== "") writer.add(plainTex(content), number);
    return rows;
  }
  const cells = content.split(/(?<!\\)&/).map((cell) => plainTex(cell).replaceAll("|", "\\|"));
  writer.add(`| ${cells.join(" | ")} |`, number);
  if (rows === 0) writer.verbatim(`|${" --- |".repeat(cells.length)}`, number);
  return rows + 1;
}

/** Without what follows a percent sign that is no character of the text. */
function withoutComment(line: string): string {
  const at = /(?<!\\)(?:\\\\)*%/.exec(line);
  return at ? line.slice(0, at.index + at[0].length - 1) : line;
}

/** The outermost kind of section that the text has is the first level. */
function levelsOf(text: string): Map<string, number> {
  const used = SECTIONS.filter((name) => new RegExp(`\\\\${name}\\*?\\s*[\\[{]`).test(text));
  return new Map(used.map((name, i) => [name, Math.min(6, i + 1)]));
}

/** Up to the brace that closes the one before `from`, over a few lines. */
function balanced(lines: readonly string[], start: number, from: number): { text: string; rest: string; line: number } {
  let depth = 1;
  let text = "";
  for (let i = start; i < Math.min(lines.length, start + 5); i++) {
    const line = lines[i]!;
    for (let at = i === start ? from : 0; at < line.length; at++) {
      const char = line[at]!;
      if (char === "\\") {
        text += char + (line[++at] ?? "");
        continue;
      }
      if (char === "{") depth++;
      if (char === "}" && --depth === 0) return { text, rest: line.slice(at + 1), line: i };
      text += char;
    }
    text += " ";
  }
  return { text: lines[start]!.slice(from), rest: "", line: start };
}

function argument(lines: readonly string[], command: string): string | undefined {
  const found = new RegExp(`\\\\${command}(?:\\[[^\\]]*\\])?\\{`);
  const at = lines.slice(0, 2_000).findIndex((line) => found.test(line));
  if (at === -1) return undefined;
  const match = found.exec(lines[at]!)!;
  return plainTex(
    balanced(lines, at, match.index + match[0].length).text.replace(/\\(?:thanks|footnote)\{[^{}]*\}/g, ""),
  );
}
