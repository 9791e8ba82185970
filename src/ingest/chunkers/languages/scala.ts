/** Scala. */
import type { CodeLanguage } from "./language.ts";
import { fieldTexts, listOf } from "./shared/nodes.ts";

const scala: CodeLanguage = {
  name: "scala",
  grammar: "scala",
  separator: ".",
  definitions: {
    class_definition: { kind: "class" },
    object_definition: { kind: "object" },
    trait_definition: { kind: "trait" },
    enum_definition: { kind: "enum" },
    function_definition: { kind: "function" },
    function_declaration: { kind: "function" },
    type_definition: { kind: "type", body: () => null },
    val_definition: {
      kind: "constant",
      name: (node) => listOf(node.childForFieldName("pattern")?.text).find((name) => /^\w+$/.test(name)),
      body: () => null,
    },
  },
  wrappers: [],
  containers: ["compilation_unit", "template_body", "package_clause", "block", "indented_block"],
  comments: ["comment", "block_comment"],
  leading: ["annotation"],
  imports: {
    import_declaration: (node) => listOf(fieldTexts(node, "path").join(".")),
  },
  documentation: "comments",
};

export default scala;
