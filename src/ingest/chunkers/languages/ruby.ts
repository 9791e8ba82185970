/** Ruby. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { listOf, unquoted } from "./shared/nodes.ts";

const ruby: CodeLanguage = {
  name: "ruby",
  grammar: "ruby",
  separator: "::",
  definitions: {
    class: { kind: "class" },
    module: { kind: "module" },
    method: { kind: "function" },
    singleton_method: { kind: "function", name: singletonName },
    assignment: {
      kind: "constant",
      name: (node) =>
        node.childForFieldName("left")?.type === "constant" ? node.childForFieldName("left")!.text : undefined,
      body: () => null,
    },
  },
  wrappers: [],
  containers: ["program", "body_statement", "singleton_class", "begin", "if", "unless", "then", "else"],
  comments: ["comment"],
  imports: { call: required },
  documentation: "comments",
};

export default ruby;

/** `def self.open` is the enclosing class's, `def shelf.open` another object's. */
function singletonName(node: Node): string | undefined {
  const name = node.childForFieldName("name")?.text;
  const object = node.childForFieldName("object")?.text;
  return name && object !== "self" ? `${object}.${name}` : name;
}

function required(node: Node): string[] {
  if (!/^(require|require_relative|load|autoload)$/.test(node.childForFieldName("method")?.text ?? "")) return [];
  const last = node.childForFieldName("arguments")?.namedChildren.at(-1);
  return last?.type === "string" ? listOf(unquoted(last.text)) : [];
}
