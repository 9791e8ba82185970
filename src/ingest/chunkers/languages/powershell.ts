/** PowerShell: its grammar names no fields. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage, DefinitionRule } from "./language.ts";
import { childOf, childText, listOf } from "./shared/nodes.ts";

const scriptBlock = (node: Node) => childOf(node, "script_block");

/** Members stand beside the name. */
const withMembers = (kind: string): DefinitionRule => ({
  kind,
  name: (node) => childText(node, "simple_name"),
  body: (node) => node,
});

const powershell: CodeLanguage = {
  name: "powershell",
  grammar: "powershell",
  separator: ".",
  definitions: {
    function_statement: { kind: "function", name: (node) => childText(node, "function_name"), body: scriptBlock },
    class_statement: withMembers("class"),
    enum_statement: withMembers("enum"),
    class_method_definition: { kind: "function", name: (node) => childText(node, "simple_name"), body: scriptBlock },
  },
  wrappers: [],
  containers: ["program", "statement_list", "script_block", "script_block_body", "if_statement", "statement_block"],
  comments: ["comment"],
  imports: { pipeline: imported },
  documentation: "comments",
};

export default powershell;

/** `using module Name`, `Import-Module Name` */
function imported(node: Node): string[] {
  return listOf(/^(?:using\s+module|Import-Module)\s+(?:-Name\s+)?([\w./\\-]+)/i.exec(node.text.slice(0, 300))?.[1]);
}
