/** A language's table with its lists as sets, made once, for walks that ask at every node. */
import type { Node } from "web-tree-sitter";
import type { CodeLanguage, DefinitionRule } from "../../languages/language.ts";

export interface Syntax {
  language: CodeLanguage;
  comments: ReadonlySet<string>;
  leading: ReadonlySet<string>;
  trailing: ReadonlySet<string>;
  wrappers: ReadonlySet<string>;
  containers: ReadonlySet<string>;
  definitions: ReadonlyMap<string, DefinitionRule>;
  imports: ReadonlyMap<string, (node: Node) => readonly string[]>;
}

export function syntaxOf(language: CodeLanguage): Syntax {
  return {
    language,
    comments: new Set(language.comments),
    leading: new Set(language.leading),
    trailing: new Set(language.trailing),
    wrappers: new Set(language.wrappers),
    containers: new Set(language.containers),
    definitions: new Map(Object.entries(language.definitions)),
    imports: new Map(Object.entries(language.imports)),
  };
}
