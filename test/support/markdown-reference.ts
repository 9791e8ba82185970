/** What markdown-it, a full CommonMark parser, says about a text: the independent reference for the block scanner. */
import MarkdownIt from "markdown-it";

const parser = new MarkdownIt({ html: true }).enable("table");

export interface ReferenceHeading {
  level: number;
  /** 1-based line. */
  line: number;
  text: string;
}

export interface ReferenceBlock {
  kind: "fence" | "list" | "table";
  /** 1-based lines, inclusive. */
  startLine: number;
  endLine: number;
}

const kinds: Record<string, ReferenceBlock["kind"]> = {
  fence: "fence",
  bullet_list_open: "list",
  ordered_list_open: "list",
  table_open: "table",
};

/** Headings and the blocks that stay whole, of the outermost level only. */
export function referenceOf(text: string): { headings: ReferenceHeading[]; blocks: ReferenceBlock[] } {
  const headings: ReferenceHeading[] = [];
  const blocks: ReferenceBlock[] = [];
  const lines = text.split("\n");
  const tokens = parser.parse(text, {});
  for (const [index, token] of tokens.entries()) {
    if (token.level !== 0 || !token.map) continue;
    const [start, end] = token.map;
    if (token.type === "heading_open") {
      const inline = tokens[index + 1]?.children ?? [];
      const words = inline.map((child) => (child.type === "softbreak" ? " " : child.content)).join("");
      headings.push({ level: Number(token.tag.slice(1)), line: start + 1, text: words.replace(/\s+/g, " ").trim() });
    }
    const kind = kinds[token.type];
    if (kind === undefined) continue;
    let last = end;
    while (last > start + 1 && (lines[last - 1] ?? "").trim() === "") last--;
    blocks.push({ kind, startLine: start + 1, endLine: last });
  }
  return { headings, blocks };
}

/** Texts of the headings that hold at a line, outermost first. */
export function pathAtLine(headings: ReferenceHeading[], line: number): string[] {
  const open: ReferenceHeading[] = [];
  for (const heading of headings) {
    if (heading.line > line) break;
    while (open.length > 0 && open.at(-1)!.level >= heading.level) open.pop();
    open.push(heading);
  }
  return open.map((heading) => heading.text).filter((text) => text !== "");
}
