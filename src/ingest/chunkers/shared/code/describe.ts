/** What is said about a definition: its header on one line, and its documentation. */
import type { Node } from "web-tree-sitter";
import type { Definition } from "./outline.ts";
import type { Syntax } from "./syntax.ts";

const MAX_SIGNATURE = 300;
const MAX_DOCSTRING = 1_000;

/** `class Shelf(Base)`, `def add(self, parcel)`: the header without attributes, body and what opens the body. */
export function signatureOf(definition: Definition, text: string, syntax: Syntax): string {
  const { node, body } = definition;
  const start = afterAttributes(node, syntax);
  const end = endOfHeader(node, body, start, syntax);
  const header = text.slice(start, Math.min(end, start + 4 * MAX_SIGNATURE));
  return shorten(
    header
      .replace(/\s+/g, " ")
      .replace(/(\s|[{:=;,]|=>|->|\bdo$)+$/, "")
      .trim(),
    MAX_SIGNATURE,
  );
}

/** Where the body begins: behind `interface` or `struct` where that is in it, at its brace when it is the node itself. */
function openingOf(node: Node, body: Node | null): Node | null {
  if (/^(interface|struct|enum|union)$/.test(body?.child(0)?.type ?? "")) return body!.child(1);
  return body?.id === node.id ? (node.children.find(({ type }) => type === "{") ?? null) : body;
}

/** The body's beginning, or that of a comment before it. */
function endOfHeader(node: Node, body: Node | null, start: number, syntax: Syntax): number {
  const opening = openingOf(node, body);
  const end = opening && opening.startIndex > start ? opening.startIndex : node.endIndex;
  const comment = node.namedChildren.find((child) => child.startIndex > start && syntax.comments.has(child.type));
  return comment && comment.startIndex < end ? comment.startIndex : end;
}

/** Cut to a length, with a mark. */
export function shorten(text: string, length: number): string {
  return text.length <= length
    ? text
    : `${text
        .slice(0, length - 1)
        .trimEnd()
        .replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Where the header begins when annotations stand first, on their own or among the modifiers. */
function afterAttributes(node: Node, syntax: Syntax): number {
  let start = node.startIndex;
  if (syntax.leading.size === 0) return start;
  for (const child of node.namedChildren) {
    if (child.type === "modifiers") {
      for (const modifier of child.namedChildren) {
        if (!syntax.leading.has(modifier.type)) break;
        start = modifier.endIndex;
      }
      break;
    }
    if (!syntax.leading.has(child.type)) break;
    start = child.endIndex;
  }
  return start;
}

/** The documentation as its author wrote it, without the marks of comments or quotes; "" when there is none. */
export function docstringOf(definition: Definition, syntax: Syntax): string {
  const { body, before } = definition;
  const lines =
    syntax.language.documentation === "string"
      ? bodyString(body)
          .split("\n")
          .map((line) => line.trim())
      : before
          .filter(({ type }) => syntax.comments.has(type))
          .flatMap(({ text }) => text.split("\n").map(withoutMarks));
  return shorten(
    lines
      .join("\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim(),
    MAX_DOCSTRING,
  );
}

/** The string that stands first in a body. */
function bodyString(body: Node | null): string {
  const first = body?.namedChildren.find(({ type }) => type !== "comment");
  const string = first?.type === "expression_statement" ? first.namedChild(0) : first;
  if (string?.type !== "string") return "";
  return string.namedChildren
    .filter(({ type }) => type === "string_content")
    .map(({ text }) => text)
    .join("");
}

/** A line without what makes it a comment: slashes, stars, hashes, dashes. */
function withoutMarks(line: string): string {
  return line
    .trim()
    .replace(/^(\/\*+!?|\/\/+!?|<#|#+[>']?|--+|\*+(?!\/)) ?|\s*(\*+\/|#>)$/g, "")
    .trim();
}
