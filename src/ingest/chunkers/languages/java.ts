/** Java. */
import type { CodeLanguage } from "./language.ts";
import { childText, listOf } from "./shared/nodes.ts";

const java: CodeLanguage = {
  name: "java",
  grammar: "java",
  separator: ".",
  definitions: {
    class_declaration: { kind: "class" },
    interface_declaration: { kind: "interface" },
    enum_declaration: { kind: "enum" },
    record_declaration: { kind: "record" },
    annotation_type_declaration: { kind: "annotation" },
    method_declaration: { kind: "function" },
    constructor_declaration: { kind: "function" },
    compact_constructor_declaration: { kind: "function" },
    annotation_type_element_declaration: { kind: "function" },
  },
  wrappers: [],
  containers: ["program", "enum_body_declarations", "block"],
  comments: ["line_comment", "block_comment"],
  leading: ["annotation", "marker_annotation"],
  imports: {
    import_declaration: (node) => {
      const name = childText(node, "scoped_identifier", "identifier");
      return listOf(name && childText(node, "asterisk") ? `${name}.*` : name);
    },
  },
  documentation: "comments",
};

export default java;
