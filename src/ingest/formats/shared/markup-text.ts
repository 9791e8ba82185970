/** HTML that is a part of another document, as Markdown-like text. */
import { parse } from "parse5";
import type { Chrome } from "./html-chrome.ts";
import { renderHtml } from "./html-render.ts";
import { contentRoots } from "./html-tree.ts";

const SURE: ReadonlySet<Chrome> = new Set(["sure"]);

/** Without navigation, unless nothing else is left. */
export function textOfMarkup(source: string): string {
  const tree = parse(source, { sourceCodeLocationInfo: true });
  const { writer } = renderHtml(contentRoots(tree), source, { without: SURE });
  return writer.isEmpty ? renderHtml([tree], source, { without: new Set() }).writer.text : writer.text;
}
