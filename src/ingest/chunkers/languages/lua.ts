/** Lua: functions are values, named by what they are assigned to. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage } from "./language.ts";
import { childOf, listOf, unquoted } from "./shared/nodes.ts";

const lua: CodeLanguage = {
  name: "lua",
  grammar: "lua",
  separator: ".",
  definitions: {
    function_declaration: {
      kind: kindOfFunction,
      name: (node) => node.childForFieldName("name")?.text.replace(":", "."),
    },
    variable_declaration: {
      kind: "function",
      name: assignedName,
      body: (node) => assignedFunction(node)?.childForFieldName("body") ?? null,
    },
    assignment_statement: {
      kind: "function",
      name: assignedName,
      body: (node) => assignedFunction(node)?.childForFieldName("body") ?? null,
    },
  },
  wrappers: [],
  containers: ["chunk", "block", "do_statement", "if_statement"],
  comments: ["comment"],
  imports: { variable_declaration: required, function_call: requiredBy },
  documentation: "comments",
};

export default lua;

/** A function of a table is its method. */
function kindOfFunction(node: Node): string {
  return node.childForFieldName("name")?.type === "method_index_expression" ? "method" : "function";
}

function assignedValue(node: Node): Node | null {
  const assignment = node.type === "assignment_statement" ? node : childOf(node, "assignment_statement");
  const values = assignment && childOf(assignment, "expression_list");
  return values?.namedChildCount === 1 ? values.namedChild(0) : null;
}

function assignedFunction(node: Node): Node | undefined {
  const value = assignedValue(node);
  return value?.type === "function_definition" ? value : undefined;
}

function assignedName(node: Node): string | undefined {
  if (!assignedFunction(node)) return undefined;
  const assignment = node.type === "assignment_statement" ? node : childOf(node, "assignment_statement");
  return (assignment && childOf(assignment, "variable_list"))?.namedChild(0)?.text;
}

function required(node: Node): string[] {
  const value = assignedValue(node);
  return value?.type === "function_call" ? requiredBy(value) : [];
}

function requiredBy(call: Node): string[] {
  if (call.childForFieldName("name")?.text !== "require") return [];
  const file = call.childForFieldName("arguments")?.namedChild(0);
  return file?.type === "string" ? listOf(unquoted(file.text)) : [];
}
