/** Tables of what a source file defines and how it is cut, as the fixtures of the languages keep them. */
import { expect } from "bun:test";
import type { Chunk, Document } from "../../src/core/document.ts";
import code from "../../src/ingest/chunkers/code.ts";
import type { CodeLanguage } from "../../src/ingest/chunkers/languages/language.ts";
import { docstringOf, signatureOf } from "../../src/ingest/chunkers/shared/code/describe.ts";
import { shownText } from "../../src/ingest/chunkers/shared/code/hide.ts";
import { type Definition, type Outline, outlineOf } from "../../src/ingest/chunkers/shared/code/outline.ts";
import { type Syntax, syntaxOf } from "../../src/ingest/chunkers/shared/code/syntax.ts";
import { positionsOf } from "../../src/ingest/chunkers/shared/positions.ts";
import { openParser } from "../../src/ingest/chunkers/shared/tree-sitter/parser.ts";
import { documentOf } from "./documents.ts";
import { pieces } from "./token-counters.ts";

/** Small, so that a fixture of fifty lines has every kind of cut. */
const MAX_TOKENS = 60;

export const sourceOf = (text: string, lang: string | null): Document => ({ ...documentOf(text, "code"), lang });

/** Calls with the outline of a text; its tree lives as long as the call. */
export async function withOutline<T>(
  text: string,
  language: CodeLanguage,
  use: (outline: Outline, syntax: Syntax) => T,
): Promise<T> {
  const syntax = syntaxOf(language);
  const tree = (await openParser()).parse(shownText(text, language), language.grammar, 0, text.length);
  if (!tree) throw new Error("the text took too much work");
  try {
    return use(outlineOf(tree.rootNode, text, syntax), syntax);
  } finally {
    tree.delete();
  }
}

/** First line: the imports. Then per definition: lines, kind, qualified name, signature, documentation. */
export function definitionTable(text: string, language: CodeLanguage): Promise<string> {
  const positionAt = positionsOf({ text, segments: [] });
  const row = (definition: Definition, syntax: Syntax) =>
    [
      `${positionAt(definition.start).line}-${positionAt(definition.end - 1).line}`,
      definition.kind,
      definition.qualifiedName,
      signatureOf(definition, text, syntax),
      docstringOf(definition, syntax).replaceAll("\n", " / "),
    ].join("\t");
  return withOutline(text, language, ({ imports, definitions }, syntax) =>
    lines([`imports\t${imports.join(" ")}`, ...definitions.map((definition) => row(definition, syntax))]),
  );
}

/** Per chunk: lines, kind, enclosing headers, scope, what it defines. */
export function chunkTable(text: string, lang: string): string {
  const chunks = code.chunk(sourceOf(text, lang), { tokens: pieces, maxTokens: MAX_TOKENS, overlapTokens: 0 });
  return lines(
    Array.from(chunks, ({ startLine, endLine, headings, fields }) =>
      [
        `${startLine}-${endLine}`,
        fields?.symbol_kind,
        headings.join(" > "),
        fields?.parent_scope,
        fields?.qualified_name,
      ].join("\t"),
    ),
  );
}

const lines = (rows: readonly string[]) => rows.map((row) => `${row.trimEnd()}\n`).join("");

/** Every character is in exactly one chunk; only blank text around a part without tokens may be in none. */
export function expectPartition(text: string, chunks: readonly Chunk[], maxTokens: number): void {
  let end = 0;
  for (const chunk of chunks) {
    expect(text.slice(end, chunk.start).trim()).toBe("");
    expect(chunk.start).toBeGreaterThanOrEqual(end);
    expect(chunk.text).toBe(text.slice(chunk.start, chunk.end));
    expect(chunk.tokens).toBeLessThanOrEqual(maxTokens);
    end = chunk.end;
  }
  expect(text.slice(end).trim()).toBe("");
}
