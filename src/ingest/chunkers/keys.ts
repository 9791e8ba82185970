/** Configuration (YAML, TOML) by its keys: a chunk begins at a key where one fits, under the path of those around it. */
import type { Chunk } from "../../core/document.ts";
import type { Chunker } from "./chunker.ts";
import { countWhile } from "./shared/binary-search.ts";
import { type Splitter, strength } from "./shared/breaks.ts";
import { splitLines, splitWords } from "./shared/prose.ts";
import { chunkWhole } from "./shared/stretch.ts";

interface Key {
  start: number;
  /** Columns before it; a table's header stands outside of everything. */
  indent: number;
  words: string;
  /** It begins an item of a list. */
  item: boolean;
  /** It goes on with an item of a list. */
  inItem: boolean;
  /** Index of the key around it, -1 for none. */
  parent: number;
}

const YAML_KEY = /^((?:[ ]|- )*)(["']?)([^\s"'#{[&*!|>%@`][^"'#{[:]{0,100}?)\2[ ]*:(?:[ \t]|$)/;
const TOML_TABLE = /^\s*\[\[?\s*([^\]\n]{1,200}?)\s*\]\]?/;
const TOML_KEY = /^\s*((?:[\w.-]+|"[^"\n]{1,100}"))\s*=/;
/** Only the beginning of a line can hold its key. */
const WITHIN = 300;

const keys: Chunker = {
  name: "keys",
  *chunk(document, options): Generator<Chunk> {
    const { text } = document;
    const found = keysOf(text, document.kind === "toml");
    const split: Splitter = (_, start, end, add) => {
      for (let i = countWhile(found.length, (k) => found[k]!.start <= start); i < found.length; i++) {
        const key = found[i]!;
        if (key.start >= end) return;
        add(key.start, strengthOf(found, key));
      }
    };
    for (const chunk of chunkWhole(document, options, [split, splitLines, splitWords], "line")) {
      yield { ...chunk, headings: pathAt(found, text, chunk) };
    }
  },
};

export default keys;

function keysOf(text: string, isToml: boolean): Key[] {
  const found: Key[] = [];
  const open: number[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const key = (isToml ? tomlKey : yamlKey)(text.slice(start, Math.min(end, start + WITHIN)));
    if (key) {
      let inItem = false;
      while (open.length > 0 && found[open.at(-1)!]!.indent >= key.indent) {
        const before = found[open.pop()!]!;
        if (before.indent === key.indent) inItem = !key.item && (before.item || before.inItem);
      }
      found.push({ ...key, start, inItem, parent: open.at(-1) ?? -1 });
      open.push(found.length - 1);
    }
    start = end + 1;
  }
  return found;
}

type Found = Pick<Key, "indent" | "words" | "item">;

function yamlKey(line: string): Found | undefined {
  const key = YAML_KEY.exec(line);
  return key ? { indent: key[1]!.length, words: key[3]!, item: key[1]!.includes("-") } : undefined;
}

function tomlKey(line: string): Found | undefined {
  const table = TOML_TABLE.exec(line)?.[1];
  if (table !== undefined) return { indent: -1, words: table, item: false };
  const key = TOML_KEY.exec(line)?.[1];
  return key === undefined ? undefined : { indent: 0, words: key.replaceAll('"', ""), item: false };
}

function strengthOf(found: readonly Key[], { parent, inItem }: Key): number {
  if (inItem) return strength.line;
  if (parent === -1) return strength.block;
  return found[parent]!.parent === -1 ? strength.paragraph : strength.line;
}

/** Keys of a path that are kept, from the innermost outwards. */
const MAX_PATH = 12;

/** The keys around a chunk's first line. */
function pathAt(found: readonly Key[], text: string, chunk: Chunk): string[] {
  const lineStart = text.lastIndexOf("\n", chunk.start - 1) + 1;
  const first = chunk.start + (chunk.text.length - chunk.text.trimStart().length);
  const count = countWhile(found.length, (k) => found[k]!.start <= first);
  const last = found[count - 1];
  if (!last) return [];
  // A chunk that begins with a key stands under the keys around it, one that goes on with a value under its key.
  const begins = last.start >= lineStart && last.start >= chunk.start;
  const path: string[] = [];
  for (let i = begins ? last.parent : count - 1; i !== -1 && path.length < MAX_PATH; i = found[i]!.parent)
    path.unshift(found[i]!.words);
  return path;
}
