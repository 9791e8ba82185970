/** What surrounds a page's content: navigation, footers, side bars, and rows of links such as "Prev | Up | Next". */
import { attribute, childrenOf, type Element, type Node } from "./html-tree.ts";

/** `sure` says so itself by its tag or role; `guessed` is taken for it by its name, or by the links in it. */
export type Chrome = "sure" | "guessed";

const TAGS = new Set(["nav", "footer"]);
const ROLES = new Set(["navigation", "contentinfo", "search"]);
/** Classes and ids by which generators of documentation and sites name what is no content. */
const NAMES = new Set(
  (
    "navheader navfooter navbar nav-panel navpanel navigation nav-links navlinks page-nav site-nav subnav pager pagination " +
    "sphinxsidebar sphinxsidebarwrapper related relbar relbar-top relbar-bottom rst-footer-buttons wy-nav-side " +
    "wy-breadcrumbs breadcrumb breadcrumbs bd-sidebar md-sidebar md-footer edit-this-page prev-next-area " +
    "prev-next-footer site-footer page-footer footer-wrapper skip-link skiplink cookie-banner cookie-consent searchbox"
  ).split(" "),
);
/** Names that contents have too: with these, most of the text must be links. */
const DOUBTFUL = new Set("footer menu sidebar header top bottom nav".split(" "));
const LINK_SHARE = 0.6;

const STEP =
  /^[\s«»<>←→‹›|[\]]*(?:prev(?:ious)?|next|up|home|top|contents|table of contents|toc|index)(?:\s+(?:page|chapter|section|topic))?[\s«»<>←→‹›|[\]]*$/i;
const STARTS = /^\W*(?:next|prev(?:ious)?|up): ?/i;
const STEP_RELATION = new Set(["prev", "previous", "next", "up"]);
const SKIP = /^skip to (?:the )?(?:main )?(?:content|navigation)$/i;
/** Blocks that may be a row of steps to other pages. */
const ROWS = new Set(["table", "div", "p", "ul", "tr", "center"]);
/** A row of steps has no more text, nodes or levels than this. */
const MAX_CHARS = 400;
const MAX_NODES = 150;
const MAX_DEPTH = 8;

/** Undefined for content. */
export function chromeOf(element: Element): Chrome | undefined {
  const { tagName } = element;
  const role = attribute(element, "role") ?? "";
  if (TAGS.has(tagName) || ROLES.has(role)) return "sure";
  // What holds the page is not what surrounds it, whatever its name.
  if (role === "main" || /^(?:html|body|main|article|h[1-6])$/.test(tagName)) return undefined;
  const names = `${attribute(element, "class") ?? ""} ${attribute(element, "id") ?? ""}`.toLowerCase().split(/\s+/);
  if (names.some((name) => NAMES.has(name))) return "guessed";
  const doubtful = names.some((name) => DOUBTFUL.has(name));
  if (tagName === "a") return SKIP.test(wordsOf(element)?.text ?? "") ? "guessed" : undefined;
  if (!doubtful && !ROWS.has(tagName)) return undefined;
  const words = wordsOf(element);
  if (!words || words.hasHeading) return undefined;
  if (doubtful && words.linked > 0 && words.linked >= LINK_SHARE * words.text.length) return "guessed";
  return isRowOfSteps(words, tagName) ? "guessed" : undefined;
}

/** Prose may speak of the previous and the next chapter: there, most of the text is no link. */
function isRowOfSteps({ steps, links, linked, text }: Words, tagName: string): boolean {
  if (steps === 1) return links === 1 && linked === text.length;
  if (steps < 2) return false;
  return tagName === "table" || tagName === "tr" || STARTS.test(text) || linked >= LINK_SHARE * text.length;
}

interface Words {
  text: string;
  links: number;
  /** Characters of links. */
  linked: number;
  /** Links to the page before, after or above. */
  steps: number;
  hasHeading: boolean;
}

/** Undefined for what is too long for a row of links, or has none. */
function wordsOf(root: Element): Words | undefined {
  const words: Words = { text: "", links: 0, linked: 0, steps: 0, hasHeading: false };
  let nodes = 0;
  const stack: { node: Node; depth: number; link?: { text: string } }[] = [{ node: root, depth: 0 }];
  const links: { text: string; element: Element }[] = [];
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const { node, depth } = entry;
    if (++nodes > MAX_NODES || depth > MAX_DEPTH || words.text.length > MAX_CHARS) return undefined;
    let { link } = entry;
    if (node.nodeName === "#text" && "value" in node) {
      const text = node.value.replace(/\s+/g, " ").trim();
      words.text += text;
      if (link) link.text += text;
    } else if ("tagName" in node) {
      if (/^h[1-6]$/.test(node.tagName) || node.tagName === "pre") words.hasHeading = true;
      if (node.tagName === "a" && attribute(node, "href") !== undefined) {
        links.push({ text: "", element: node });
        link = links.at(-1)!;
      }
    }
    const children = childrenOf(node);
    for (let i = children.length - 1; i >= 0; i--) {
      stack.push({ node: children[i]!, depth: depth + 1, ...(link ? { link } : {}) });
    }
  }
  for (const { text, element } of links) {
    words.links++;
    words.linked += text.length;
    const relation = (attribute(element, "rel") ?? "").toLowerCase();
    if (STEP.test(text) || STEP_RELATION.has(relation) || /^[nphu]$/.test(attribute(element, "accesskey") ?? "")) {
      words.steps++;
    }
  }
  return words;
}
