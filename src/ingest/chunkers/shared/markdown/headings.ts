/** Heading texts and paths. */
import type { Block } from "./blocks.ts";

/** Longest heading that is kept, in characters: a longer "heading" is a paragraph that begins with `#`. */
const longestHeading = 200;

export interface Heading {
  block: Block;
  parent: Heading | undefined;
}

/** The heading of a block, under the headings that are open before it. */
export function headingOf(block: Block, before: Heading | undefined): Heading {
  let parent = before;
  while (parent && parent.block.level >= block.level) parent = parent.parent;
  return { block, parent };
}

/** Texts from the outermost heading to this one; headings without text are left out. */
export function pathOf(text: string, heading: Heading | undefined): string[] {
  const path: string[] = [];
  for (let at = heading; at; at = at.parent) path.push(plainHeading(text, at.block));
  return path.filter((heading) => heading !== "").reverse();
}

/** A heading's words, without its marks and its inline markup. */
function plainHeading(text: string, block: Block): string {
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

/** Inline markup removed: emphasis, code, links, images, tags, backslash escapes, a `{#id}` at the end. */
function withoutMarkup(source: string): string {
  return source
    .replace(/\s*\{#[^{}\s]{1,100}\}\s*$/, "")
    .replace(/!?\[([^[\]]*)\](?:\([^()]*\)|\[[^[\]]*\])/g, "$1")
    .replace(/<\/?[A-Za-z][^<>]*>/g, "")
    .replace(/(\*{1,3}|`+|~~)(?=\S)([^*`~]*\S)\1/g, "$2")
    .replace(/(?<![\p{L}\p{N}])(_{1,2})(?=\S)([^_]*\S)\1(?![\p{L}\p{N}])/gu, "$2")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}
