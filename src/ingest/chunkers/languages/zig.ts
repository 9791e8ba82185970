/** Zig: types are values, named by what they are assigned to. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { childOf, childText, listOf, unquoted } from "./shared/nodes.ts";

const CONTAINERS = ["struct_declaration", "enum_declaration", "union_declaration", "opaque_declaration"];

const zig: CodeLanguage = {
  name: "zig",
  grammar: "zig",
  separator: ".",
  definitions: {
    function_declaration: { kind: "function" },
    variable_declaration: {
      kind: (node) => /^(struct|enum|union)/.exec(childOf(node, ...CONTAINERS)?.type ?? "")?.[0] ?? "constant",
      name: (node) => childText(node, "identifier"),
      body: (node) => childOf(node, ...CONTAINERS),
    },
    test_declaration: {
      kind: "function",
      name: (node) => listOf(childText(node, "string", "identifier")).map((name) => `test ${name}`)[0],
      body: (node) => childOf(node, "block"),
    },
  },
  wrappers: [],
  containers: ["source_file", "comptime_declaration", "block"],
  comments: ["comment"],
  imports: { variable_declaration: imported },
  documentation: "comments",
};

export default zig;

/** `const std = @import("std")` */
function imported(node: Node): string[] {
  const call = childOf(node, "builtin_function");
  if (call?.childCount === 0 || childText(call ?? node, "builtin_identifier") !== "@import") return [];
  return listOf(unquoted(childText(call!, "arguments")?.slice(1, -1) ?? ""));
}
