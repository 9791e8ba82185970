/** Python: docstrings in the body, decorators around the definition. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { listOf } from "./shared/nodes.ts";

const python: CodeLanguage = {
  name: "python",
  grammar: "python",
  separator: ".",
  definitions: {
    class_definition: { kind: "class" },
    function_definition: { kind: "function" },
    // `type Name = …`: a name with type parameters stands before them.
    type_alias_statement: { kind: "type", name: (node) => node.namedChild(0)?.text.split("[")[0] },
    expression_statement: { kind: "constant", name: constantName, body: () => null },
  },
  wrappers: ["decorated_definition"],
  containers: [
    "module",
    "block",
    "if_statement",
    "elif_clause",
    "else_clause",
    "try_statement",
    "except_clause",
    "finally_clause",
    "with_statement",
    "for_statement",
    "while_statement",
    "match_statement",
    "case_clause",
  ],
  comments: ["comment"],
  imports: {
    import_statement: (node) =>
      node.childrenForFieldName("name").flatMap((name) => listOf((name.childForFieldName("name") ?? name).text)),
    import_from_statement: fromModule,
    future_import_statement: () => ["__future__"],
  },
  documentation: "string",
};

export default python;

/** `LIMIT = …`, as constants are written. */
function constantName(node: Node): string | undefined {
  const assignment = node.namedChild(0);
  if (assignment?.type !== "assignment") return undefined;
  const left = assignment.childForFieldName("left");
  return left?.type === "identifier" && /^_*[A-Z][A-Z0-9_]*$/.test(left.text) ? left.text : undefined;
}

/** `from . import clock` imports the module `.clock`; the others name their module. */
function fromModule(node: Node): string[] {
  const module = node.childForFieldName("module_name")?.text ?? "";
  if (!/^\.+$/.test(module)) return listOf(module);
  const names = node.childrenForFieldName("name").map((name) => (name.childForFieldName("name") ?? name).text);
  return names.length > 0 ? names.map((name) => module + name) : [module];
}
