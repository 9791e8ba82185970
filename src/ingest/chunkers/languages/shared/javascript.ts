/** What JavaScript and its typed relatives have in common. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage, DefinitionRule } from "../language.ts";
import { listOf, unquoted } from "./nodes.ts";

const FUNCTIONS = new Set(["arrow_function", "function_expression", "generator_function", "function"]);

/** What a variable or property holds that makes it a definition of its own. */
function kindOfValue(value: Node | null | undefined): "function" | "class" | undefined {
  if (!value) return undefined;
  if (FUNCTIONS.has(value.type)) return "function";
  return value.type === "class" ? "class" : undefined;
}

/** The one variable that a declaration declares. */
function onlyDeclarator(node: Node): Node | undefined {
  const declarators = node.namedChildren.filter(({ type }) => type === "variable_declarator");
  const name = declarators[0]?.childForFieldName("name");
  return declarators.length === 1 && name?.type === "identifier" ? declarators[0] : undefined;
}

const variable: DefinitionRule = {
  kind(node) {
    const value = onlyDeclarator(node)?.childForFieldName("value");
    return kindOfValue(value) ?? (node.child(0)?.type === "const" ? "constant" : "variable");
  },
  name: (node) => onlyDeclarator(node)?.childForFieldName("name")?.text,
  body(node) {
    const value = onlyDeclarator(node)?.childForFieldName("value");
    return value?.type === "object" ? value : (value?.childForFieldName("body") ?? null);
  },
};

/** `exports.open = function () {}`, `Shelf.prototype.clear = …`: named by what is assigned to. */
const assigned: DefinitionRule = {
  kind: (node) => kindOfValue(node.namedChild(0)?.childForFieldName("right")) ?? "function",
  name(node) {
    const assignment = node.namedChild(0);
    if (assignment?.type !== "assignment_expression") return undefined;
    if (!kindOfValue(assignment.childForFieldName("right"))) return undefined;
    const left = assignment.childForFieldName("left")?.text;
    return left?.replace(/^(module\.)?exports\.(?=.)/, "").replace(".prototype.", ".");
  },
  body: (node) => node.namedChild(0)?.childForFieldName("right")?.childForFieldName("body") ?? null,
};

/** A property or field that holds a function. */
export function holding(field: string): DefinitionRule {
  return {
    kind: (node) => kindOfValue(node.childForFieldName("value")) ?? "function",
    name: (node) => (kindOfValue(node.childForFieldName("value")) ? node.childForFieldName(field)?.text : undefined),
    body: (node) => node.childForFieldName("value")?.childForFieldName("body") ?? null,
  };
}

/** `const events = require("node:events")` */
function required(node: Node): string[] {
  return node.namedChildren
    .map((child) => (child.type === "variable_declarator" ? child.childForFieldName("value") : null))
    .filter((value) => value?.type === "call_expression" && value.childForFieldName("function")?.text === "require")
    .flatMap((call) => listOf(unquoted(call!.childForFieldName("arguments")?.namedChild(0)?.text ?? "")));
}

const fromSource = (node: Node): string[] => listOf(unquoted(node.childForFieldName("source")?.text ?? ""));

export const javascriptFamily = {
  separator: ".",
  definitions: {
    class_declaration: { kind: "class" },
    class: { kind: "class" },
    function_declaration: { kind: "function" },
    generator_function_declaration: { kind: "function" },
    method_definition: { kind: "function" },
    lexical_declaration: variable,
    variable_declaration: variable,
    expression_statement: assigned,
    pair: holding("key"),
  },
  wrappers: ["export_statement"],
  containers: [
    "program",
    "statement_block",
    "export_statement",
    "expression_statement",
    "parenthesized_expression",
    "call_expression",
    "unary_expression",
    "arguments",
    "arrow_function",
    "function_expression",
    "assignment_expression",
    "object",
    "return_statement",
    "class_static_block",
    "if_statement",
    "else_clause",
    "try_statement",
    "catch_clause",
    "finally_clause",
    "for_statement",
    "for_in_statement",
    "while_statement",
    "switch_statement",
    "switch_body",
    "switch_case",
    "switch_default",
  ],
  comments: ["comment", "html_comment"],
  leading: ["decorator"],
  imports: {
    import_statement: (node) => {
      const alias = node.namedChildren.find(({ type }) => type === "import_require_clause");
      return fromSource(alias ?? node);
    },
    export_statement: fromSource,
    lexical_declaration: required,
    variable_declaration: required,
  },
  documentation: "comments",
} as const satisfies Omit<CodeLanguage, "name" | "grammar">;

const typed: CodeLanguage["definitions"] = {
  public_field_definition: holding("name"),
  abstract_class_declaration: { kind: "class" },
  interface_declaration: { kind: "interface" },
  type_alias_declaration: { kind: "type", body: () => null },
  enum_declaration: { kind: "enum", body: () => null },
  internal_module: { kind: "namespace" },
  module: { kind: "namespace", name: (node) => unquoted(node.childForFieldName("name")?.text ?? "") },
  function_signature: { kind: "function" },
  method_signature: { kind: "function" },
  abstract_method_signature: { kind: "function" },
};

/** TypeScript adds types, namespaces and declarations without bodies. */
export const typescriptFamily: Omit<CodeLanguage, "name" | "grammar"> = {
  ...javascriptFamily,
  definitions: { ...javascriptFamily.definitions, ...typed },
  wrappers: ["export_statement", "ambient_declaration", "expression_statement"],
  containers: [...javascriptFamily.containers, "ambient_declaration"],
};
