/**
 * Source code by its syntax: definitions stay whole where they fit, one that does not is cut by its members, and small
 * neighbours share a chunk. Chunks do not overlap: what encloses a passage is said by its headings instead.
 */
import type { Chunk } from "../../core/document.ts";
import type { Chunker } from "./chunker.ts";
import { codeLanguages } from "./languages/index.ts";
import { describer } from "./shared/code/fields.ts";
import { layOut } from "./shared/code/layout.ts";
import { outlineOf } from "./shared/code/outline.ts";
import { type Syntax, syntaxOf } from "./shared/code/syntax.ts";
import { emit } from "./shared/emit.ts";
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
    const whole = { ...options, overlapTokens: 0 };
    const syntax = syntaxes.get(document.lang ?? "");
    const tree = syntax && parser.parse(text, syntax.language.grammar);
    if (!tree) {
      yield* chunkWhole(document, whole, codeSplitters, "line");
      return;
    }
    try {
      const emitting = beginEmitting(document, whole, "line");
      const outline = outlineOf(tree.rootNode, text, syntax);
      const describe = describer(text, syntax, outline);
      for (const breaks of layOut({ ...emitting, text, syntax, outline }, tree.rootNode)) {
        for (const chunk of emit(emitting, breaks)) yield { ...chunk, ...describe(chunk) };
      }
    } finally {
      tree.delete();
    }
  },
};

export default code;
