/** Perl. */
import type { CodeLanguage } from "./language.ts";
import { childText, listOf } from "./shared/nodes.ts";

/** Names of modules begin with a capital; `strict` and the like are pragmas. */
const modules = (name: string | undefined) => listOf(name).filter((module) => /^\p{Lu}/u.test(module));

const perl: CodeLanguage = {
  name: "perl",
  grammar: "perl",
  separator: "::",
  definitions: {
    function_definition: { kind: "function" },
  },
  wrappers: [],
  containers: ["source_file", "block"],
  comments: ["comments", "pod_statement"],
  imports: {
    use_no_statement: (node) => modules(node.childForFieldName("package_name")?.text),
    require_statement: (node) => modules(childText(node, "package_name")),
  },
  documentation: "comments",
};

export default perl;
