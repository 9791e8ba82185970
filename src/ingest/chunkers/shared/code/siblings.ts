/** The children of a node as readers see them: a comment goes with what it describes. */
import type { Node } from "web-tree-sitter";
import { newline } from "../characters.ts";
import type { Syntax } from "./syntax.ts";

export interface Sibling {
  /** What stands there; a comment that describes nothing stands for itself. */
  node: Node;
  /** Its own beginning, or that of the comments before it. */
  start: number;
  /** Its own end, or that of the comment after it on its last line. */
  end: number;
  /** Comments and attributes before it, without a blank line between. */
  before: Node[];
}

/** Groups nodes that stand beside each other. Every node is in one sibling. */
export function siblingsOf(nodes: readonly Node[], text: string, syntax: Syntax): Sibling[] {
  const siblings: Sibling[] = [];
  let pending: Node[] = [];
  const flush = () => {
    const [first] = pending;
    if (first) siblings.push({ node: first, start: first.startIndex, end: pending.at(-1)!.endIndex, before: [] });
    pending = [];
  };
  for (const node of nodes) {
    const type = node.type;
    const last = siblings.at(-1);
    const comment = syntax.comments.has(type);
    if (comment || syntax.leading.has(type)) {
      const before = pending.at(-1);
      if (comment && !before && last && newlinesBetween(text, last.end, node.startIndex) === 0) {
        last.end = node.endIndex;
        continue;
      }
      if (before && parted(text, before, node, syntax)) flush();
      pending.push(node);
    } else if (last && pending.length === 0 && syntax.trailing.has(type)) {
      last.end = node.endIndex;
    } else {
      const before = pending.at(-1);
      if (before && parted(text, before, node, syntax)) flush();
      siblings.push({ node, start: (pending[0] ?? node).startIndex, end: node.endIndex, before: pending });
      pending = [];
    }
  }
  flush();
  return siblings;
}

/** A blank line parts a comment from what follows; an attribute stays. */
function parted(text: string, before: Node, node: Node, syntax: Syntax): boolean {
  return syntax.comments.has(before.type) && newlinesBetween(text, before.endIndex, node.startIndex) > 1;
}

/** Newlines between two nodes, one that ends the first included: some grammars end a comment after its newline. */
export function newlinesBetween(text: string, end: number, start: number): number {
  let count = 0;
  for (let at = text.charCodeAt(end - 1) === newline ? end - 1 : end; at < start; at++) {
    if (text.charCodeAt(at) === newline) count++;
  }
  return count;
}
