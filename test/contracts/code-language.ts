/** What every language's table keeps: run over each entry of the registry with its fixture. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import code from "../../src/ingest/chunkers/code.ts";
import type { CodeLanguage } from "../../src/ingest/chunkers/languages/language.ts";
import { openParser } from "../../src/ingest/chunkers/shared/tree-sitter/parser.ts";
import { chunkTable, definitionTable, expectPartition, sourceOf, withOutline } from "../support/code-tables.ts";
import { pieces } from "../support/token-counters.ts";

const folder = join(import.meta.dir, "../../fixtures/code");

/** The fixture `fixtures/code/<name>.<extension>`, and what is expected of it in `expected/`. */
async function fixtureOf(name: string): Promise<{ text: string; expected: (table: string) => Promise<string> }> {
  const [file] = [...new Bun.Glob(`${name}.*`).scanSync(folder)];
  if (file === undefined) throw new Error(`fixtures/code/ has no ${name}.* to try the language with`);
  const expected = (table: string) => Bun.file(join(folder, "expected", `${name}.${table}.tsv`)).text();
  return { text: await Bun.file(join(folder, file)).text(), expected };
}

export function describeCodeLanguage(name: string, load: () => Promise<CodeLanguage>): void {
  describe(`every code language: ${name}`, () => {
    test("reads its fixture without a syntax error", async () => {
      const { grammar } = await load();
      const { text } = await fixtureOf(name);
      const tree = (await openParser()).parse(text, grammar, 0, text.length)!;
      expect(tree.rootNode.hasError).toBe(false);
      tree.delete();
    });

    test("finds the definitions that a reader finds, with their headers and documentation", async () => {
      const { text, expected } = await fixtureOf(name);
      expect(await definitionTable(text, await load())).toBe(await expected("definitions"));
    });

    test("cuts the fixture where a reader would", async () => {
      const { text, expected } = await fixtureOf(name);
      expect(chunkTable(text, name)).toBe(await expected("chunks"));
    });

    test("knows only node types that its grammar has", async () => {
      const language = await load();
      const tree = (await openParser()).parse("", language.grammar, 0, 0)!;
      const types = new Set(tree.language.types);
      tree.delete();
      const { wrappers, containers, comments, leading = [], trailing = [] } = language;
      const named = [...wrappers, ...containers, ...comments, ...leading, ...trailing];
      const all = [...named, ...Object.keys(language.definitions), ...Object.keys(language.imports)];
      expect(all.filter((type) => !types.has(type))).toEqual([]);
    });

    test("keeps definitions nested and in order", async () => {
      const { text } = await fixtureOf(name);
      await withOutline(text, await load(), ({ definitions }) => {
        let last = 0;
        for (const { start, end, parent, name: own } of definitions) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          if (parent) expect([parent.start <= start, parent.end >= end, own !== ""]).toEqual([true, true, true]);
          last = start;
        }
      });
    });

    test("puts every character into one chunk, however the fixture is broken and however small chunks are", async () => {
      const { text } = await fixtureOf(name);
      const cut = fc.record({
        at: fc.nat(text.length),
        removed: fc.nat(200),
        put: fc.constantFrom("", "{", "(", "'", '"'),
      });
      fc.assert(
        fc.property(fc.array(cut, { maxLength: 4 }), fc.integer({ min: 16, max: 300 }), (cuts, maxTokens) => {
          let broken = text;
          for (const { at, removed, put } of cuts) broken = broken.slice(0, at) + put + broken.slice(at + removed);
          const options = { tokens: pieces, maxTokens, overlapTokens: 20 };
          expectPartition(broken, [...code.chunk(sourceOf(broken, name), options)], maxTokens);
        }),
        { numRuns: 60 },
      );
    });
  });
}
