/** What a language is to the chunker: which nodes of its syntax trees define, contain, document and import something. */
import type { Node } from "web-tree-sitter";
import type { Grammar } from "../shared/tree-sitter/grammars.ts";

export interface DefinitionRule {
  /** `class`, `function`, … A function in a class or the like becomes a `method` by itself. */
  kind: string | ((node: Node) => string);
  /** The name without what encloses it, or undefined when this node defines nothing. By default its field `name`. */
  name?: (node: Node) => string | undefined;
  /** Where its header ends and its members or statements stand. By default its field `body`. */
  body?: (node: Node) => Node | null;
}

export interface CodeLanguage {
  /** As `Document.lang` has it. */
  name: string;
  grammar: Grammar;
  /**
   * What the parser is not shown, so that it can read the rest: spaces stand in its place. Of each match the first
   * group stays and the second, without a newline, is hidden.
   */
  hidden?: readonly RegExp[];
  /** What stands between the parts of a qualified name. */
  separator: "." | "::";
  /** By node type. */
  definitions: Readonly<Record<string, DefinitionRule>>;
  /** Nodes around one definition that belong to it: decorators, `export`, `template`. */
  wrappers: readonly string[];
  /** Nodes in which definitions and imports are looked for: blocks, conditionals, namespaces without a name. */
  containers: readonly string[];
  comments: readonly string[];
  /** Nodes beside comments that belong to what follows them: attributes, decorators that stand alone. */
  leading?: readonly string[];
  /** Nodes that belong to what stands before them. */
  trailing?: readonly string[];
  /** Modules that a node imports, by its type; an empty list when it imports nothing after all. */
  imports: Readonly<Record<string, (node: Node) => readonly string[]>>;
  /** Where documentation stands: in the comments before a definition, or in the first string of its body. */
  documentation: "comments" | "string";
}
