/** Dart: a function's body stands beside its signature. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { childText, fieldTexts, listOf, unquoted } from "./shared/nodes.ts";

const SIGNATURE = /^(function|getter|setter|constructor|factory_constructor|constant_constructor|operator)_signature$/;

const lastChild = (node: Node): Node | null => node.namedChildren.at(-1) ?? null;

const dart: CodeLanguage = {
  name: "dart",
  grammar: "dart",
  separator: ".",
  definitions: {
    class_definition: { kind: "class" },
    mixin_declaration: { kind: "mixin", name: (node) => childText(node, "identifier"), body: lastChild },
    extension_declaration: { kind: "extension" },
    enum_declaration: { kind: "enum" },
    type_alias: { kind: "type", name: (node) => childText(node, "type_identifier", "identifier") },
    function_signature: { kind: "function" },
    method_signature: { kind: "function", name: signatureName },
    declaration: { kind: "function", name: signatureName },
  },
  wrappers: [],
  containers: ["program"],
  comments: ["comment", "documentation_comment"],
  leading: ["annotation"],
  trailing: ["function_body"],
  imports: {
    import_or_export: (node) => listOf(unquoted(/(["']).*?\1/s.exec(node.text)?.[0] ?? "")),
  },
  documentation: "comments",
};

export default dart;

/** `Depot.small` for a constructor with a name of its own. */
function signatureName(node: Node): string | undefined {
  const signature = node.namedChildren.find(({ type }) => SIGNATURE.test(type));
  const names = signature && fieldTexts(signature, "name");
  return names && names.length > 0 ? names.join(".") : undefined;
}
