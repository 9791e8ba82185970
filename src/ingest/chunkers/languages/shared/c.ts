/** What C and C++ have in common: names lie inside declarators, and conditionals of the preprocessor around anything. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage, DefinitionRule } from "../language.ts";
import { listOf, unquoted } from "./nodes.ts";

const MAX_DECLARATORS = 20;

/** The function that a declarator declares, behind pointers, references and parentheses. */
function functionDeclarator(node: Node | null): Node | undefined {
  let at = node;
  for (let level = 0; at && level < MAX_DECLARATORS; level++) {
    if (at.type === "function_declarator" && !hidesFunction(at)) return at;
    at = at.childForFieldName("declarator") ?? at.namedChildren.find(({ type }) => type.endsWith("declarator")) ?? null;
  }
  return undefined;
}

/** `(*handler(int))(int)` declares the inner one; `(*handler)(int)` a pointer. */
function hidesFunction(node: Node): boolean {
  return node.childForFieldName("declarator")?.type === "parenthesized_declarator";
}

function declaredName(node: Node): string | undefined {
  return functionDeclarator(node.childForFieldName("declarator"))?.childForFieldName("declarator")?.text;
}

/** A definition outside of its class has the class in its name. */
const kindOfFunction = (node: Node) => (declaredName(node)?.includes("::") ? "method" : "function");

const specifier = (kind: string): DefinitionRule => ({
  kind,
  name: (node) => (node.childForFieldName("body") ? node.childForFieldName("name")?.text : undefined),
});

/** Macros without a meaning for the grammar: `class EXPORT Shelf {`, `NODISCARD bool empty() const`, `int __init f()`. */
const MACROS: readonly RegExp[] = [
  /\b((?:class|struct|union)\s+)([A-Z][A-Z0-9_]{2,}(?:\([^()\n]{0,200}\))?)(?=\s+[A-Za-z_][\w:<>, ]{0,200}(?:[:{]|$))/gm,
  /^([ \t]*)((?:[A-Z][A-Z0-9_]{3,}|__[a-z]\w{0,100})(?:\([^()\n]{0,200}\))?)(?=\s+(?:[A-Za-z_][\w:<>,*&]{0,100}\s+){1,5}[*&]{0,3}[A-Za-z_~]\w{0,100}\s?\()/gm,
  /^((?:[A-Za-z_]\w{0,100}[\s*]{1,20}){1,5})(__[a-z]\w{0,100}(?:\([^()\n]{0,200}\))?)(?=\s+\*{0,3}\w{1,100}\s?\()/gm,
];

export const cFamily = {
  hidden: MACROS,
  definitions: {
    function_definition: { kind: kindOfFunction, name: declaredName },
    declaration: { kind: "prototype", name: declaredName, body: () => null },
    struct_specifier: specifier("struct"),
    union_specifier: specifier("union"),
    enum_specifier: { ...specifier("enum"), body: () => null },
    type_definition: {
      kind: kindOfType,
      name: (node) => typeName(node.childForFieldName("declarator")),
      body: (node) => (kindOfType(node) === "type" || kindOfType(node) === "enum" ? null : typeBody(node)),
    },
    preproc_def: { kind: "macro", body: (node) => node.childForFieldName("value") },
    preproc_function_def: { kind: "macro", body: (node) => node.childForFieldName("value") },
  },
  containers: [
    "translation_unit",
    "preproc_if",
    "preproc_ifdef",
    "preproc_else",
    "preproc_elif",
    "preproc_elifdef",
    "linkage_specification",
    "declaration_list",
  ],
  comments: ["comment"],
  imports: { preproc_include: (node) => listOf(unquoted(node.childForFieldName("path")?.text ?? "")) },
  documentation: "comments",
} satisfies Partial<CodeLanguage>;

function typeBody(node: Node): Node | null {
  return node.childForFieldName("type")?.childForFieldName("body") ?? null;
}

/** A `typedef` of a type that it spells out stands for that type. */
function kindOfType(node: Node): string {
  const kind = /^(struct|union|enum|class)_specifier$/.exec(node.childForFieldName("type")?.type ?? "")?.[1];
  return kind !== undefined && typeBody(node) ? kind : "type";
}

/** The name that a `typedef` gives. */
function typeName(node: Node | null): string | undefined {
  let at = node;
  for (let level = 0; at && level < MAX_DECLARATORS; level++) {
    if (/identifier$|^primitive_type$/.test(at.type)) return at.text;
    at = at.childForFieldName("declarator") ?? at.namedChild(0);
  }
  return undefined;
}
