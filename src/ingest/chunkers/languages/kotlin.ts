/** Kotlin: its grammar names no fields. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { childOf, childText, listOf } from "./shared/nodes.ts";

const classBody = (node: Node) => childOf(node, "class_body", "enum_class_body");

const kotlin: CodeLanguage = {
  name: "kotlin",
  grammar: "kotlin",
  separator: ".",
  definitions: {
    class_declaration: { kind: kindOfClass, name: (node) => childText(node, "type_identifier"), body: classBody },
    object_declaration: { kind: "object", name: (node) => childText(node, "type_identifier"), body: classBody },
    companion_object: {
      kind: "object",
      name: (node) => childText(node, "type_identifier") ?? "Companion",
      body: classBody,
    },
    function_declaration: {
      kind: "function",
      name: (node) => childText(node, "simple_identifier"),
      body: (node) => childOf(node, "function_body"),
    },
    property_declaration: {
      kind: (node) => (/^\s*(\w+\s+)*val\b/.test(node.text) ? "constant" : "variable"),
      name: (node) => listOf(childOf(node, "variable_declaration")?.namedChild(0)?.text)[0],
      body: () => null,
    },
    type_alias: { kind: "type", name: (node) => childText(node, "type_identifier"), body: () => null },
  },
  wrappers: [],
  containers: ["source_file", "import_list", "statements", "function_body"],
  comments: ["line_comment", "multiline_comment"],
  leading: ["annotation"],
  imports: {
    import_header: (node) => {
      const name = childText(node, "identifier");
      return listOf(name && childOf(node, "wildcard_import") ? `${name}.*` : name);
    },
  },
  documentation: "comments",
};

export default kotlin;

function kindOfClass(node: Node): string {
  if (childOf(node, "enum_class_body")) return "enum";
  return node.children.some(({ type }) => type === "interface") ? "interface" : "class";
}
