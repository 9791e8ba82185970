/** Swift: one node stands for classes, structures, enumerations, actors and extensions. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { childText, listOf } from "./shared/nodes.ts";

const swift: CodeLanguage = {
  name: "swift",
  grammar: "swift",
  separator: ".",
  definitions: {
    class_declaration: { kind: kindOfClass },
    protocol_declaration: { kind: "protocol" },
    function_declaration: { kind: "function", name: functionName },
    deinit_declaration: { kind: "function", name: () => "deinit" },
    protocol_function_declaration: { kind: "function" },
    property_declaration: {
      kind: (node) => (childText(node, "value_binding_pattern") === "let" ? "constant" : "variable"),
      body: () => null,
    },
    typealias_declaration: { kind: "type", body: () => null },
  },
  wrappers: [],
  containers: ["source_file", "statements"],
  comments: ["comment", "multiline_comment"],
  leading: ["attribute"],
  imports: { import_declaration: (node) => listOf(childText(node, "identifier")) },
  documentation: "comments",
};

export default swift;

function kindOfClass(node: Node): string {
  const word = node.children.find(({ type }) => /^(class|struct|enum|extension|actor)$/.test(type))?.type;
  return word === undefined || word === "actor" ? "class" : word;
}

/** An initialiser is a function without a name. */
function functionName(node: Node): string {
  const name = node.childForFieldName("name");
  return name?.type === "simple_identifier" ? name.text : "init";
}
