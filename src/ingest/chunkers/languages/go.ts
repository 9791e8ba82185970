/** Go: methods name their receiver's type. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { listOf, unquoted } from "./shared/nodes.ts";

const go: CodeLanguage = {
  name: "go",
  grammar: "go",
  separator: ".",
  definitions: {
    function_declaration: { kind: "function" },
    method_declaration: { kind: "method", name: methodName },
    type_declaration: {
      kind: kindOfType,
      name: (node) => onlySpec(node)?.childForFieldName("name")?.text,
      body: typeBody,
    },
    type_spec: { kind: kindOfType, body: typeBody },
    type_alias: { kind: "type" },
    method_elem: { kind: "function" },
    const_declaration: { kind: "constant", name: (node) => onlySpec(node)?.childForFieldName("name")?.text },
    var_declaration: { kind: "variable", name: (node) => onlySpec(node)?.childForFieldName("name")?.text },
  },
  wrappers: [],
  containers: ["source_file", "type_declaration"],
  comments: ["comment"],
  imports: {
    import_declaration: (node) =>
      node.namedChildren
        .flatMap((child) => (child.type === "import_spec_list" ? child.namedChildren : [child]))
        .flatMap((spec) => listOf(unquoted(spec.childForFieldName("path")?.text ?? ""))),
  },
  documentation: "comments",
};

export default go;

/** What a declaration without parentheses declares. */
function onlySpec(node: Node): Node | undefined {
  const specs = node.namedChildren.filter(({ type }) => type.endsWith("_spec") || type === "type_alias");
  return specs.length === 1 ? specs[0] : undefined;
}

const specOf = (node: Node): Node | undefined => (node.type === "type_declaration" ? onlySpec(node) : node);

function kindOfType(node: Node): string {
  return /^(struct|interface)_type$/.exec(specOf(node)?.childForFieldName("type")?.type ?? "")?.[1] ?? "type";
}

/** An interface's methods can be parted; a struct's fields stand in a list of their own. */
function typeBody(node: Node): Node | null {
  const type = specOf(node)?.childForFieldName("type");
  if (type?.type === "interface_type") return type;
  return type?.namedChildren.find((child) => child.type === "field_declaration_list") ?? null;
}

function methodName(node: Node): string | undefined {
  const receiver = node.childForFieldName("receiver")?.namedChild(0)?.childForFieldName("type")?.text;
  const type = receiver?.replace(/^[*\s]+|\[.*$/gs, "");
  const name = node.childForFieldName("name")?.text;
  return type && name ? `${type}.${name}` : name;
}
