/** PHP, with the text around it. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { childOf, childText, listOf, unquoted } from "./shared/nodes.ts";

const php: CodeLanguage = {
  name: "php",
  grammar: "php",
  separator: "::",
  definitions: {
    class_declaration: { kind: "class" },
    interface_declaration: { kind: "interface" },
    trait_declaration: { kind: "trait" },
    enum_declaration: { kind: "enum" },
    function_definition: { kind: "function" },
    method_declaration: { kind: "function" },
    const_declaration: { kind: "constant", name: onlyConstant },
  },
  wrappers: [],
  containers: ["program", "namespace_definition", "compound_statement", "if_statement", "colon_block"],
  comments: ["comment"],
  leading: ["attribute_list"],
  imports: { namespace_use_declaration: used, expression_statement: included },
  documentation: "comments",
};

export default php;

function onlyConstant(node: Node): string | undefined {
  const elements = node.namedChildren.filter(({ type }) => type === "const_element");
  return elements.length === 1 ? childText(elements[0]!, "name") : undefined;
}

function used(node: Node): string[] {
  const prefix = childText(node, "namespace_name");
  const group = childOf(node, "namespace_use_group");
  const clauses = (group ?? node).namedChildren.filter(({ type }) => type === "namespace_use_clause");
  return clauses.flatMap((clause) => {
    const name = childText(clause, "qualified_name", "namespace_name", "name");
    return listOf(prefix && name ? `${prefix}\\${name}` : name);
  });
}

function included(node: Node): string[] {
  const [inner] = node.namedChildren;
  if (!/^(require|include)(_once)?_expression$/.test(inner?.type ?? "")) return [];
  const file = inner!.namedChild(0);
  return /string$/.test(file?.type ?? "") ? listOf(unquoted(file!.text)) : [];
}
