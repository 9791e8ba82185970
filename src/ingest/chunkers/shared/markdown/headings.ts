/** Heading texts and paths. */
import MarkdownIt from "markdown-it";
import type { Block } from "./blocks.ts";

/** Longest heading that is kept, in characters: a longer "heading" is a paragraph that begins with `#`. */
const longestHeading = 200;

export interface Heading {
  block: Block;
  parent: Heading | undefined;
  /** The heading's words, once they were asked for: most headings of a long run never are. */
  words: string | undefined;
}

/** The heading of a block, under the headings that are open before it. */
export function headingOf(block: Block, before: Heading | undefined): Heading {
  let parent = before;
  while (parent && parent.block.level >= block.level) parent = parent.parent;
  return { block, parent, words: undefined };
}

/** Texts from the outermost heading to this one; headings without text are left out. */
export function pathOf(text: string, heading: Heading | undefined): string[] {
  const path: string[] = [];
  for (let at = heading; at; at = at.parent) {
    at.words ??= headingText(text, at.block);
    if (at.words !== "") path.push(at.words);
  }
  return path.reverse();
}

/** A heading's words, without its marks and its inline markup. */
export function headingText(text: string, block: Block): string {
  const source = text.slice(block.start, Math.min(block.end, block.start + 4 * longestHeading)).trim();
  const newline = text.indexOf("\n", block.start);
  const isAtx = newline === -1 || newline >= block.end - 1;
  const body = isAtx
    ? source.replace(/^#{1,6}/, "").replace(/(^|[ \t])#+$/, "")
    : source.replace(/\n[ \t]*(=+|-+)[ \t]*$/, "");
  return withoutMarkup(body)
    .slice(0, longestHeading)
    .replace(/[\ud800-\udbff]$/, "")
    .trim();
}

/** The words of inline Markdown: markup, tags and a `{#id}` at the end are left out, pictures unless there is nothing else. */
function withoutMarkup(source: string): string {
  const named = source.replace(/\s*\{#[^{}\s]{1,100}\}\s*$/, "").trim();
  if (!mayHaveMarkup.test(named)) return named.replace(/\s+/g, " ");
  const inline = parser.parseInline(named, {})[0]?.children ?? [];
  const words = inline.map((token) => (isWord.has(token.type) ? token.content : isGap.has(token.type) ? " " : ""));
  const text = words.join("").replace(/\s+/g, " ").trim();
  return text === "" ? inline.map((token) => (token.type === "image" ? token.content : "")).join("") : text;
}

const mayHaveMarkup = /[\\`*_~[<&]/;
const parser = new MarkdownIt({ html: true });
const isWord = new Set(["text", "text_special", "code_inline"]);
const isGap = new Set(["softbreak", "hardbreak"]);
