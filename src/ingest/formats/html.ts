/** HTML: the main content as Markdown-like text, without scripts, styles and navigation. */
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import type { Chrome } from "./shared/html-chrome.ts";
import { renderHtml } from "./shared/html-render.ts";
import { attribute, childrenOf, contentRoots, textOf, visit } from "./shared/html-tree.ts";
import { extensions } from "./shared/names.ts";

const html: Format = {
  name: "html",
  extensions: extensions.html,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options, /charset\s*=\s*["']?\s*([\w-]+)/i);
    const tree = parse(decoded.text, { sourceCodeLocationInfo: true });
    const found = outline(tree);
    const { writer, dropped } = render(tree, decoded.text);
    yield fileDocument(input, decoded, {
      kind: "html",
      title: found.title || found.heading,
      lang: found.lang,
      text: writer.text,
      segments: writer.segments,
      metadata: {
        ...(found.description ? { description: found.description } : {}),
        ...(dropped > 0 ? { navigation_chars: dropped } : {}),
      },
    });
  },
};
export default html;

const ALL: ReadonlySet<Chrome> = new Set(["sure", "guessed"]);
const SURE: ReadonlySet<Chrome> = new Set(["sure"]);
/** Where less text than this is left, what was only guessed to be navigation is kept. */
const LITTLE_CHARS = 40;

/** Without what surrounds the content; a page that is nothing but navigation still says something. */
function render(tree: DefaultTreeAdapterTypes.Document, source: string): ReturnType<typeof renderHtml> {
  const roots = contentRoots(tree);
  const content = renderHtml(roots, source, { without: ALL });
  if (content.writer.text.length >= LITTLE_CHARS || content.dropped === 0) {
    if (!content.writer.isEmpty) return content;
  }
  const more = renderHtml(roots, source, { without: SURE });
  return more.writer.isEmpty ? renderHtml([tree], source, { without: new Set() }) : more;
}

interface Outline {
  title: string;
  heading: string;
  lang: string | null;
  description: string;
}

/** What the page says of itself. */
function outline(tree: DefaultTreeAdapterTypes.Document): Outline {
  const found: Outline = { title: "", heading: "", lang: null, description: "" };
  visit(tree, (node) => {
    if (!("tagName" in node)) return childrenOf(node);
    if (node.tagName === "html")
      found.lang = /^[a-z]{2,3}(?=$|[-_])/i.exec(attribute(node, "lang") ?? "")?.[0].toLowerCase() ?? null;
    if (node.tagName === "title" && found.title === "") found.title = textOf(node);
    if (node.tagName === "h1" && found.heading === "") found.heading = textOf(node);
    if (node.tagName === "meta" && attribute(node, "name")?.toLowerCase() === "description") {
      found.description = (attribute(node, "content") ?? "").slice(0, 1_000).toWellFormed();
    }
    return node.tagName === "svg" ? [] : childrenOf(node);
  });
  return found;
}
