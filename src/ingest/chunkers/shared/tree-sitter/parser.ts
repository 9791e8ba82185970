/** The parser: source text to a syntax tree, within a bound of work that depends on nothing but the text. */
import { readFileSync } from "node:fs";
import { Language, Parser, type Tree } from "web-tree-sitter";
import { assets } from "../../../../core/assets.ts";
import { type Grammar, grammarAsset, grammarFiles, runtimeFile } from "./grammars.ts";

/**
 * The parser reports its progress after every hundred steps. Sound code needs about one report per 200 characters, text
 * that is no code of the language ten times as many; what needs more than this is cut without a tree.
 */
const REPORTS_PER_CHARACTER = 0.1;
const REPORTS_AT_LEAST = 10_000;

export interface CodeParser {
  /** A tree that the caller deletes; undefined when the text would take too much work. */
  parse(text: string, grammar: Grammar): Tree | undefined;
}

let opened: Promise<CodeParser> | undefined;

/** The process's one parser: its memory is shared, and grows to what the largest tree needed. */
export function openParser(): Promise<CodeParser> {
  opened ??= open();
  return opened;
}

async function open(): Promise<CodeParser> {
  const wasmBinary = wasmOf("runtime", runtimeFile);
  await Parser.init({ wasmBinary: wasmBinary.buffer });
  const parser = new Parser();
  const languages = new Map<Grammar, Language>();

  const languageOf = (grammar: Grammar): Language => {
    const loaded = languages.get(grammar) ?? loadLanguage(grammar);
    languages.set(grammar, loaded);
    return loaded;
  };

  return {
    parse(text, grammar) {
      parser.setLanguage(languageOf(grammar));
      let left = REPORTS_AT_LEAST + text.length * REPORTS_PER_CHARACTER;
      try {
        const tree = parser.parse(text, null, { progressCallback: () => --left < 0 });
        return tree ?? undefined;
      } finally {
        parser.reset();
      }
    },
  };
}

const loadLanguage = (grammar: Grammar) =>
  Language.loadSync(new WebAssembly.Module(wasmOf(grammar, grammarFiles[grammar])));

/** The executable carries the files; in a checkout they lie in their packages. */
function wasmOf(name: Grammar | "runtime", packageFile: string): Uint8Array<ArrayBuffer> {
  const path = assets[grammarAsset(name)] ?? Bun.resolveSync(packageFile, import.meta.dir);
  return new Uint8Array(readFileSync(path));
}
