/** C++: classes, namespaces, templates and aliases beside what C has. */
import type { CodeLanguage } from "./language.ts";
import { cFamily } from "./shared/c.ts";

const cpp: CodeLanguage = {
  name: "cpp",
  grammar: "cpp",
  ...cFamily,
  separator: "::",
  definitions: {
    ...cFamily.definitions,
    class_specifier: cFamily.definitions.struct_specifier && {
      ...cFamily.definitions.struct_specifier,
      kind: "class",
    },
    field_declaration: cFamily.definitions.declaration,
    namespace_definition: { kind: "namespace" },
    alias_declaration: { kind: "type" },
    concept_definition: { kind: "concept", body: () => null },
  },
  wrappers: ["template_declaration", "declaration", "field_declaration"],
  containers: [...cFamily.containers, "field_declaration_list", "template_declaration"],
};

export default cpp;
