/**
 * Source code by its syntax: definitions stay whole where they fit, one that does not is cut by its members, and small
 * neighbours share a chunk. Chunks do not overlap: what encloses a passage is said by its headings instead.
 */
import type { Chunk } from "../../core/document.ts";
import type { Chunker } from "./chunker.ts";
import { codeLanguages } from "./languages/index.ts";
import { newBreaks, strength } from "./shared/breaks.ts";
import { describer } from "./shared/code/fields.ts";
import { shownText } from "./shared/code/hide.ts";
import { layOut } from "./shared/code/layout.ts";
import { outlineOf } from "./shared/code/outline.ts";
import { type Syntax, syntaxOf } from "./shared/code/syntax.ts";
import { windowEnds } from "./shared/code/windows.ts";
import { type Emitting, emit } from "./shared/emit.ts";
import { refine } from "./shared/refine.ts";
import { beginEmitting, chunkWhole, codeSplitters } from "./shared/stretch.ts";
import { openParser } from "./shared/tree-sitter/parser.ts";

const parser = await openParser();
const syntaxes = new Map<string, Syntax>();
for (const name of codeLanguages.names) syntaxes.set(name, syntaxOf(await codeLanguages.load(name)));

const code: Chunker = {
  name: "code",
  *chunk(document, options): Generator<Chunk> {
    const { text } = document;
    if (text.trim() === "") return;
    const apart = { ...options, overlapTokens: 0 };
    const syntax = syntaxes.get(document.lang ?? "");
    if (!syntax) {
      yield* chunkWhole(document, apart, codeSplitters, "line");
      return;
    }
    const emitting = beginEmitting(document, apart, "line");
    const source: Source = { shown: shownText(text, syntax.language), syntax, imports: new Set() };
    let start = 0;
    for (const end of windowEnds(text)) {
      yield* chunkWindow(emitting, source, start, end);
      start = end;
    }
  },
};

interface Source {
  /** The text as the parser sees it. */
  shown: string;
  syntax: Syntax;
  /** What the file imports up to the current window. */
  imports: Set<string>;
}

/** Chunks of `[start, end)`. */
function* chunkWindow(emitting: Emitting, source: Source, start: number, end: number): Generator<Chunk> {
  const { text } = emitting.document;
  const { shown, syntax, imports } = source;
  const tree = parser.parse(shown, syntax.language.grammar, start, end);
  if (!tree) {
    const breaks = newBreaks(start);
    refine({ ...emitting, text, breaks }, end, codeSplitters, strength.block, false);
    yield* emit(emitting, breaks);
    return;
  }
  try {
    const root = tree.rootNode;
    const outline = outlineOf(root, text, syntax, imports);
    const describe = describer(text, syntax, outline);
    for (const breaks of layOut({ ...emitting, text, syntax, outline }, root, start, end)) {
      for (const chunk of emit(emitting, breaks)) yield { ...chunk, ...describe(chunk) };
    }
  } finally {
    tree.delete();
  }
}

export default code;
