/** The parser: source text to a syntax tree, within a bound of work that depends on nothing but the text. */
import { readFileSync } from "node:fs";
import { Language, Parser, type Tree } from "web-tree-sitter";
import { assets } from "../../../../core/assets.ts";
import { type Grammar, grammarAsset, grammarFiles, runtimeFile } from "./grammars.ts";

/** The parser asks for the text in pieces of this length. */
const PIECE = 4_096;
/**
 * How often it may ask for a piece, per piece. Code and prose need five at most; a text that makes the parser look
 * ahead to the end again and again, as random characters do, more than a thousand.
 */
const READS_PER_PIECE = 20;
/** How often it may report its progress, per character. Code reports 0.005 times, text that is no code 0.02. */
const REPORTS_PER_CHARACTER = 0.1;
/** Both limits are raised by this for short texts. */
const AT_LEAST = 500;
/**
 * A text of more than `PROBE_FROM` characters is not parsed when its first `PROBE` are no code of the language: when
 * the parser skipped more tokens than this per character, or met more errors. Recovering from error after error takes
 * up to a minute for a megabyte. Sound code cut in the middle skips 0.1 and has 0.025 errors at most, prose or the
 * middle of a long comment 0.13 skipped or 0.05 errors in most grammars.
 */
const PROBE_FROM = 128_000;
const PROBE = 32_000;
const SKIPPED_PER_CHARACTER = 0.12;
const ERRORS_PER_CHARACTER = 0.033;

export interface CodeParser {
  /**
   * The tree of `[start, end)`, with offsets in `text`; the caller deletes it. Undefined when the text would take too
   * much work, or is long and clearly something else.
   */
  parse(text: string, grammar: Grammar, start: number, end: number): Tree | undefined;
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
    parse(text, grammar, start, end) {
      parser.setLanguage(languageOf(grammar));
      if (end - start > PROBE_FROM) {
        const tree = parseSpan(parser, text, start, start + PROBE);
        if (!tree) return undefined;
        const foreign = isForeign(tree);
        tree.delete();
        if (foreign) return undefined;
      }
      return parseSpan(parser, text, start, end);
    },
  };
}

function parseSpan(parser: Parser, text: string, start: number, end: number): Tree | undefined {
  let reads = AT_LEAST + ((end - start) / PIECE) * READS_PER_PIECE;
  let reports = AT_LEAST + (end - start) * REPORTS_PER_CHARACTER;
  let parsing = true;
  // The tree keeps this function: it gives the text of nodes later.
  const read = (at: number) => (parsing && --reads < 0 ? undefined : text.slice(at, at + PIECE));
  const progressCallback = () => --reports < 0 || reads < 0;
  const tree = parser.parse(read, null, { includedRanges: [rangeOf(start, end)], progressCallback });
  parser.reset();
  parsing = false;
  if (!tree || reads >= 0) return tree ?? undefined;
  // It was told that the text ends where the limit was met.
  tree.delete();
  return undefined;
}

/** Whether the tree of the first `PROBE` characters is one of errors. */
function isForeign(tree: Tree): boolean {
  const errors = tree.rootNode.descendantsOfType("ERROR");
  const skipped = errors.reduce((sum, node) => sum + node.childCount, 0);
  return skipped > PROBE * SKIPPED_PER_CHARACTER || errors.length > PROBE * ERRORS_PER_CHARACTER;
}

/** Columns matter to languages with indentation, rows to none. */
function rangeOf(startIndex: number, endIndex: number) {
  return { startIndex, endIndex, startPosition: { row: 0, column: 0 }, endPosition: { row: 0xffffff, column: 0 } };
}

const loadLanguage = (grammar: Grammar) =>
  Language.loadSync(new WebAssembly.Module(wasmOf(grammar, grammarFiles[grammar])));

/** The executable carries the files, compressed; in a checkout they lie in their packages. */
function wasmOf(name: Grammar | "runtime", packageFile: string): Uint8Array<ArrayBuffer> {
  const embedded = assets[grammarAsset(name)];
  if (embedded !== undefined) return new Uint8Array(Bun.zstdDecompressSync(readFileSync(embedded)));
  return new Uint8Array(readFileSync(Bun.resolveSync(packageFile, import.meta.dir)));
}
