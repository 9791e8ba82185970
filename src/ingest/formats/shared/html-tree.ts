/** Walks over parse5 trees without recursion: pages nested ten thousand deep exist. */
import type { DefaultTreeAdapterTypes } from "parse5";

export type Node = DefaultTreeAdapterTypes.Node;
export type Element = DefaultTreeAdapterTypes.Element;

export function childrenOf(node: Node): readonly Node[] {
  if ("content" in node) return node.content.childNodes;
  return "childNodes" in node ? node.childNodes : [];
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((candidate) => candidate.name === name)?.value;
}

/** Calls `enter` in document order; it returns the children to go on with. */
export function visit(root: Node, enter: (node: Node) => readonly Node[]): void {
  const stack: Node[] = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const children = enter(node);
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]!);
  }
}

/** All text below a node, white space collapsed. */
export function textOf(root: Node): string {
  const parts: string[] = [];
  visit(root, (node) => {
    if (node.nodeName === "#text" && "value" in node) parts.push(node.value);
    return childrenOf(node);
  });
  return parts.join("").replace(/\s+/g, " ").trim();
}

function hasText(root: Node): boolean {
  const stack: Node[] = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (node.nodeName === "#text" && "value" in node && /\S/.test(node.value)) return true;
    for (const child of childrenOf(node)) stack.push(child);
  }
  return false;
}

/** The `<main>` elements with text, else a single `<article>`, else the whole page. */
export function contentRoots(tree: Node): Node[] {
  const mains: Element[] = [];
  const articles: Element[] = [];
  visit(tree, (node) => {
    if (!("tagName" in node)) return childrenOf(node);
    if (node.tagName === "main" || attribute(node, "role") === "main") {
      mains.push(node);
      return [];
    }
    if (node.tagName === "article") articles.push(node);
    return childrenOf(node);
  });
  const withText = mains.filter(hasText);
  if (withText.length > 0) return withText;
  return articles.length === 1 && hasText(articles[0]!) ? articles : [tree];
}
