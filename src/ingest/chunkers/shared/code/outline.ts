/** What a source file defines and imports, found in its syntax tree. */
import type { Node } from "web-tree-sitter";
import type { DefinitionRule } from "../../languages/language.ts";
import { type Sibling, siblingsOf } from "./siblings.ts";
import type { Syntax } from "./syntax.ts";

export interface Definition {
  name: string;
  /** The names of what encloses it, then its own. */
  qualifiedName: string;
  kind: string;
  parent: Definition | undefined;
  /** The node that defines, without decorators or `export` around it. */
  node: Node;
  /** Its members or statements; null when it has none. */
  body: Node | null;
  /** Comments and attributes before it. */
  before: readonly Node[];
  /** Offset at which the defining node begins, and where everything that belongs to it ends. */
  start: number;
  end: number;
}

export interface Outline {
  /** In the order of the text; what encloses another comes before it. */
  definitions: Definition[];
  /** By the id of the node that stands in the tree for it, decorators included. */
  byNode: ReadonlyMap<number, Definition>;
  /** Modules that the file imports, each once, in order. */
  imports: string[];
  /** Ascending offsets at which statements outside of every definition begin: imports, and all others. */
  importStarts: number[];
  otherStarts: number[];
}

/** Kinds whose functions are methods. */
const CLASS_LIKE: ReadonlySet<string> = new Set(
  "class interface struct union enum record trait impl object protocol extension mixin annotation".split(" "),
);
/** Kinds whose own variables nobody looks for. */
export const FUNCTION_LIKE: ReadonlySet<string> = new Set(["function", "method"]);
/** Kinds that do not hide what stands beside them: a passage with one function and two constants is the function's. */
export const MINOR_KINDS: ReadonlySet<string> = new Set(["constant", "variable", "prototype"]);

const MAX_NAME = 200;
const MAX_IMPORTS = 100;

/**
 * Walks through definitions and containers only, with a stack of its own: nesting may be as deep as the text is long.
 * `imports` holds what was found in the parts of the file before, and takes what this part imports.
 */
export function outlineOf(root: Node, text: string, syntax: Syntax, imports = new Set<string>()): Outline {
  const definitions: Definition[] = [];
  const byNode = new Map<number, Definition>();
  const outline: Outline = { definitions, byNode, imports: [], importStarts: [], otherStarts: [] };
  const stack: { siblings: Sibling[]; next: number; parent: Definition | undefined }[] = [];
  const enter = (nodes: readonly Node[], parent: Definition | undefined) =>
    stack.push({ siblings: siblingsOf(nodes, text, syntax), next: 0, parent });

  enter(root.namedChildren, undefined);
  while (stack.length > 0) {
    const frame = stack.at(-1)!;
    const sibling = frame.siblings[frame.next++];
    if (!sibling) {
      stack.pop();
      continue;
    }
    const { node } = sibling;
    const type = node.type;
    const modules = syntax.imports.get(type)?.(node) ?? [];
    const definition = modules.length > 0 ? undefined : definitionAt(sibling, frame.parent, syntax);
    if (modules.length > 0) {
      for (const module of modules) if (imports.size < MAX_IMPORTS) imports.add(module.slice(0, MAX_NAME));
      outline.importStarts.push(node.startIndex);
    } else if (definition) {
      definitions.push(definition);
      byNode.set(node.id, definition);
      if (definition.body) enter(definition.body.namedChildren, definition);
    } else if (syntax.containers.has(type) || node.isError) {
      enter(node.namedChildren, frame.parent);
    } else if (!frame.parent && !syntax.comments.has(type)) {
      outline.otherStarts.push(node.startIndex);
    }
  }
  outline.imports = [...imports];
  return outline;
}

function definitionAt(sibling: Sibling, parent: Definition | undefined, syntax: Syntax): Definition | undefined {
  const found = definingNode(sibling.node, syntax);
  if (!found) return undefined;
  const { node, rule, name } = found;
  const kind = typeof rule.kind === "string" ? rule.kind : rule.kind(node);
  if (MINOR_KINDS.has(kind) && parent && FUNCTION_LIKE.has(parent.kind)) return undefined;
  return {
    name,
    qualifiedName: parent ? `${parent.qualifiedName}${syntax.language.separator}${name}` : name,
    kind: kind === "function" && parent && CLASS_LIKE.has(parent.kind) ? "method" : kind,
    parent,
    node,
    body: rule.body ? rule.body(node) : node.childForFieldName("body"),
    before: sibling.before,
    start: node.startIndex,
    end: sibling.end,
  };
}

/** The node itself, or the one that it wraps, when it defines something. */
function definingNode(outer: Node, syntax: Syntax): { node: Node; rule: DefinitionRule; name: string } | undefined {
  const rule = syntax.definitions.get(outer.type);
  if (rule) {
    const name = (rule.name ? rule.name(outer) : outer.childForFieldName("name")?.text)?.replace(/\s+/g, " ").trim();
    if (name) return { node: outer, rule, name: name.slice(0, MAX_NAME) };
  }
  if (!syntax.wrappers.has(outer.type)) return undefined;
  for (const child of outer.namedChildren) {
    const inner = definingNode(child, syntax);
    if (inner) return inner;
  }
  return undefined;
}
