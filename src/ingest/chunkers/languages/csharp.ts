/** C#. */
import type { CodeLanguage } from "./language.ts";
import { childText, listOf } from "./shared/nodes.ts";

const csharp: CodeLanguage = {
  name: "csharp",
  grammar: "csharp",
  separator: ".",
  definitions: {
    namespace_declaration: { kind: "namespace" },
    class_declaration: { kind: "class" },
    interface_declaration: { kind: "interface" },
    struct_declaration: { kind: "struct" },
    record_declaration: { kind: "record" },
    enum_declaration: { kind: "enum", body: () => null },
    delegate_declaration: { kind: "type" },
    method_declaration: { kind: "function" },
    constructor_declaration: { kind: "function" },
    destructor_declaration: { kind: "function" },
    local_function_statement: { kind: "function" },
    operator_declaration: {
      kind: "function",
      name: (node) => listOf(node.childForFieldName("operator")?.text).map((sign) => `operator ${sign}`)[0],
    },
    property_declaration: { kind: "property", body: (node) => node.childForFieldName("accessors") },
    indexer_declaration: { kind: "property", name: () => "this", body: (node) => node.childForFieldName("accessors") },
  },
  wrappers: [],
  containers: ["compilation_unit", "file_scoped_namespace_declaration", "global_statement", "block", "preproc_if"],
  comments: ["comment"],
  leading: ["attribute_list"],
  imports: {
    using_directive: (node) =>
      listOf(childText(node, "qualified_name") ?? childText(node, "identifier", "alias_qualified_name")),
  },
  documentation: "comments",
};

export default csharp;
