/** Looking around in a syntax tree, as the tables of languages need it. */
import type { Node } from "web-tree-sitter";

/** Texts of the nodes in a field, without the signs between them. */
export function fieldTexts(node: Node, field: string): string[] {
  return node.childrenForFieldName(field).flatMap((child) => (child.isNamed ? [child.text] : []));
}

/** The first child of one of these types. */
export function childOf(node: Node, ...types: string[]): Node | null {
  return node.namedChildren.find((child) => types.includes(child.type)) ?? null;
}

/** Text of the first child of one of these types. */
export function childText(node: Node, ...types: string[]): string | undefined {
  return childOf(node, ...types)?.text;
}

/** The text between a string's quotes. */
export function unquoted(text: string): string {
  return text.replace(/^[^"'`<]*["'`<]+|["'`>]+$/g, "");
}

/** A list of a text that is there and not empty. */
export function listOf(text: string | undefined): string[] {
  return text ? [text] : [];
}
