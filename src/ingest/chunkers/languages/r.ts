/** R: functions are values, named by what they are assigned to. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { listOf, unquoted } from "./shared/nodes.ts";

const r: CodeLanguage = {
  name: "r",
  grammar: "r",
  separator: ".",
  definitions: {
    binary_operator: {
      kind: (node) => (assigned(node)?.type === "function_definition" ? "function" : "constant"),
      name: (node) => (assigned(node) ? node.childForFieldName("lhs")?.text : undefined),
      body: (node) => assigned(node)?.childForFieldName("body") ?? null,
    },
  },
  wrappers: [],
  containers: ["program", "braced_expression", "if_statement"],
  comments: ["comment"],
  imports: { call: loaded },
  documentation: "comments",
};

export default r;

/** The function, or the value of a name in capitals, that is assigned to a name. */
function assigned(node: Node): Node | undefined {
  const name = node.childForFieldName("lhs");
  const value = node.childForFieldName("rhs");
  if (name?.type !== "identifier" || !value || !/^(<-|<<-|=)$/.test(node.child(1)?.type ?? "")) return undefined;
  return value.type === "function_definition" || /^[A-Z][A-Z0-9_.]*$/.test(name.text) ? value : undefined;
}

function loaded(node: Node): string[] {
  if (!/^(library|require|requireNamespace|source)$/.test(node.childForFieldName("function")?.text ?? "")) return [];
  const [first] = node.childForFieldName("arguments")?.namedChildren ?? [];
  return listOf(first && unquoted(first.text));
}
