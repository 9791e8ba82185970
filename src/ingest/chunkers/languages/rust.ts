/** Rust: attributes before the item, documentation in comments, methods in blocks for a type. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { listOf } from "./shared/nodes.ts";

const rust: CodeLanguage = {
  name: "rust",
  grammar: "rust",
  separator: "::",
  definitions: {
    function_item: { kind: "function" },
    function_signature_item: { kind: "function" },
    struct_item: { kind: "struct" },
    union_item: { kind: "union" },
    enum_item: { kind: "enum", body: () => null },
    trait_item: { kind: "trait" },
    impl_item: { kind: "impl", name: (node) => node.childForFieldName("type")?.text.replace(/<.*$/s, "") },
    mod_item: { kind: "module" },
    macro_definition: { kind: "macro", body: (node) => node.namedChild(1) },
    type_item: { kind: "type" },
    const_item: { kind: "constant" },
    static_item: { kind: "constant" },
  },
  wrappers: [],
  containers: ["source_file", "declaration_list", "foreign_mod_item", "block"],
  comments: ["line_comment", "block_comment"],
  leading: ["attribute_item"],
  imports: {
    use_declaration: (node) => listOf(usedPath(node.childForFieldName("argument"))),
    extern_crate_declaration: (node) => listOf(node.childForFieldName("name")?.text),
  },
  documentation: "comments",
};

export default rust;

/** The path before the braces, the star or the alias. */
function usedPath(argument: Node | null): string | undefined {
  if (!argument) return undefined;
  const path = argument.childForFieldName("path");
  const inner = /^(scoped_use_list|use_as_clause)$/.test(argument.type) ? path : argument;
  return inner?.text.replace(/::\*$/, "");
}
