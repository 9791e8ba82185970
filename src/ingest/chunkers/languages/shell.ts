/** Bash and other shells. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { listOf, unquoted } from "./shared/nodes.ts";

const shell: CodeLanguage = {
  name: "shell",
  grammar: "bash",
  separator: ".",
  definitions: {
    function_definition: { kind: "function" },
  },
  wrappers: [],
  containers: [
    "program",
    "compound_statement",
    "if_statement",
    "else_clause",
    "elif_clause",
    "case_statement",
    "case_item",
  ],
  comments: ["comment"],
  imports: { command: sourced },
  documentation: "comments",
};

export default shell;

/** `. file` and `source file` */
function sourced(node: Node): string[] {
  if (!/^(\.|source)$/.test(node.childForFieldName("name")?.text ?? "")) return [];
  return listOf(unquoted(node.childForFieldName("argument")?.text ?? ""));
}
