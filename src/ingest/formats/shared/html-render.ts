/** An HTML tree as Markdown-like text: headings, lists, fenced code, tables, paragraphs. */
import { BlockWriter } from "./block-writer.ts";
import { type Chrome, chromeOf } from "./html-chrome.ts";
import { attribute, childrenOf, type Element, type Node, textOf, visit } from "./html-tree.ts";

/** Elements without text of the page's own. */
const DROPPED = new Set(
  "audio button canvas datalist embed head iframe input map math noscript object script select style svg template textarea video".split(
    " ",
  ),
);
const BLOCKS = new Set(
  "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul".split(
    " ",
  ),
);
/** Blocks that a table of data is made of, and such as its cells can hold on one line. */
const CELL_PARTS = new Set(["caption", "tbody", "td", "tfoot", "th", "thead", "tr", "p", "div"]);

interface Options {
  /** What of a page's surroundings is left out. */
  without: ReadonlySet<Chrome>;
}

interface Rendered {
  writer: BlockWriter;
  /** Characters of the surroundings that were left out. */
  dropped: number;
}

type Task = { enter: Node } | { leave: () => void };

export function renderHtml(roots: readonly Node[], source: string, options: Options): Rendered {
  const writer = new BlockWriter();
  const layout = new Set<Element>();
  for (const root of roots) markLayoutTables(root, layout);
  const lists: { ordered: boolean; next: number }[] = [];
  let line = 1;
  let dropped = 0;

  const stack: Task[] = [...roots].reverse().map((root) => ({ enter: root }));
  const push = (nodes: readonly Node[], leave?: () => void) => {
    if (leave) stack.push({ leave });
    for (let i = nodes.length - 1; i >= 0; i--) stack.push({ enter: nodes[i]! });
  };

  for (let task = stack.pop(); task; task = stack.pop()) {
    if ("leave" in task) task.leave();
    else enter(task.enter);
  }
  return { writer, dropped };

  function enter(node: Node): void {
    line = node.sourceCodeLocation?.startLine ?? line;
    if (node.nodeName === "#text" && "value" in node) writer.inline(node.value, line);
    else if (!("tagName" in node)) push(childrenOf(node));
    else if (isChrome(node)) dropped += textOf(node).length;
    else if (!isDropped(node)) element(node);
  }

  function isChrome(node: Element): boolean {
    if (options.without.size === 0) return false;
    const chrome = chromeOf(node);
    return chrome !== undefined && options.without.has(chrome);
  }

  function element(node: Element): void {
    switch (node.tagName) {
      case "br":
        writer.break(1);
        break;
      case "img":
        writer.inline(attribute(node, "alt") ?? "", line);
        break;
      case "pre":
        pre(node);
        break;
      case "table":
        if (layout.has(node)) blockElement(node);
        else table(node);
        break;
      case "ul":
      case "ol":
        list(node);
        break;
      case "li":
        item(node);
        break;
      case "code":
      case "kbd":
      case "samp":
        code(node);
        break;
      default:
        if (BLOCKS.has(node.tagName)) blockElement(node);
        else push(childrenOf(node));
    }
  }

  function blockElement(node: Element): void {
    const tag = node.tagName;
    block();
    if (/^h[1-6]$/.test(tag)) writer.mark(`${"#".repeat(Number(tag[1]))} `);
    if (tag === "blockquote") writer.indent("> ");
    push(childrenOf(node), () => {
      if (tag === "blockquote") writer.outdent();
      writer.unmark();
      block();
    });
  }

  /** A new paragraph; inside a list only a new line, so that the list stays one. */
  function block(): void {
    writer.break(lists.length > 0 ? 1 : 2);
  }

  function list(node: Element): void {
    block();
    lists.push({ ordered: node.tagName === "ol", next: Number.parseInt(attribute(node, "start") ?? "1", 10) || 1 });
    push(childrenOf(node), () => {
      lists.pop();
      block();
    });
  }

  function item(node: Element): void {
    const current = lists.at(-1);
    writer.break(1);
    const marker = current?.ordered ? `${current.next++}. ` : "- ";
    writer.indent(" ".repeat(marker.length));
    writer.mark(marker, 1);
    push(childrenOf(node), () => {
      writer.outdent();
      writer.unmark();
      writer.break(1);
    });
  }

  function code(node: Element): void {
    const content = textOf(node);
    if (content === "") return;
    const ticks = content.includes("`") ? "``" : "`";
    writer.inline(ticks + content + ticks, line);
  }

  function pre(node: Element): void {
    block();
    const content = rawText(node);
    if (content.text.trim() === "") return;
    const fence = content.text.includes("```") ? "````" : "```";
    writer.verbatim(`${fence}${languageOf(node)}`, line);
    let current = content.line;
    for (const text of content.text.replace(/\n+$/, "").split("\n")) {
      writer.break(1);
      writer.verbatim(text, current++);
    }
    writer.break(1);
    writer.verbatim(fence, current - 1);
    block();
  }

  /** The text of a `<pre>` with its line; the parser swallows a newline right after the tag. */
  function rawText(root: Element): { text: string; line: number } {
    const parts: string[] = [];
    let first: number | undefined;
    visit(root, (node) => {
      if (node.nodeName === "br") parts.push("\n");
      if (node.nodeName === "#text" && "value" in node) {
        const at = node.sourceCodeLocation;
        if (at && first === undefined) {
          const swallowed = source[at.startOffset] === "\n" && !node.value.startsWith("\n");
          first = at.startLine + (swallowed ? 1 : 0);
        }
        parts.push(node.value);
      }
      return childrenOf(node);
    });
    return { text: parts.join(""), line: first ?? line };
  }

  function table(root: Element): void {
    block();
    let rows = 0;
    visit(root, (node) => {
      if (!("tagName" in node)) return childrenOf(node);
      if (node.tagName === "caption") {
        writer.inline(textOf(node), node.sourceCodeLocation?.startLine ?? line);
        writer.break(2);
        return [];
      }
      if (node.tagName !== "tr") return childrenOf(node);
      const cells = childrenOf(node).filter((cell) => cell.nodeName === "td" || cell.nodeName === "th");
      if (cells.length === 0) return [];
      line = node.sourceCodeLocation?.startLine ?? line;
      const texts = cells.map((cell) => textOf(cell).replaceAll("|", "\\|"));
      writer.verbatim(`| ${texts.join(" | ")} |`, line);
      writer.break(1);
      if (rows++ === 0) {
        writer.verbatim(`|${" --- |".repeat(cells.length)}`, line);
        writer.break(1);
      }
      return [];
    });
    block();
  }
}

function isDropped(node: Element): boolean {
  if (DROPPED.has(node.tagName)) return true;
  if (attribute(node, "hidden") !== undefined || attribute(node, "aria-hidden") === "true") return true;
  if (node.tagName !== "a") return false;
  if (/\b(headerlink|anchor-link|hash-link)\b/.test(attribute(node, "class") ?? "")) return true;
  const first = childrenOf(node)[0];
  return first?.nodeName === "#text" && "value" in first && /^\s*[#¶§]\s*$/.test(first.value);
}

/** Tables that lay out blocks instead of holding data: each of their cells is written as blocks. */
function markLayoutTables(root: Node, layout: Set<Element>): void {
  const tableAround = new Map<Node, Element>();
  visit(root, (node) => {
    const children = childrenOf(node);
    const around = tableAround.get(node);
    const inner = node.nodeName === "table" ? (node as Element) : around;
    if (inner) for (const child of children) tableAround.set(child, inner);
    if (BLOCKS.has(node.nodeName) && !CELL_PARTS.has(node.nodeName)) {
      for (let table = around; table && !layout.has(table); table = tableAround.get(table)) layout.add(table);
    }
    return children;
  });
}

/** `language-js`, `highlight-python`, `lang-rust`: on the `<pre>`, its `<code>` or the block around it. */
function languageOf(pre: Element): string {
  const around = pre.parentNode && "tagName" in pre.parentNode ? pre.parentNode : undefined;
  const outer = around?.parentNode && "tagName" in around.parentNode ? around.parentNode : undefined;
  const inner = childrenOf(pre).find((node): node is Element => "tagName" in node && node.tagName === "code");
  for (const element of [inner, pre, around, outer]) {
    const name =
      element &&
      /\b(?:language|lang|highlight-source|highlight)-([\w+#-]+)/.exec(attribute(element, "class") ?? "")?.[1];
    if (name) return name === "default" || name === "none" ? "" : name;
  }
  return "";
}
