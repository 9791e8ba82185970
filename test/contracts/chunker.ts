/** What every chunker keeps, whatever the text: run by each chunker's own test. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { Chunk, type Document, type Segment } from "../../src/core/document.ts";
import type { TokenCounter } from "../../src/core/ports.ts";
import type { Chunker } from "../../src/ingest/chunkers/chunker.ts";
import { charactersPerToken } from "../../src/ingest/chunkers/shared/limits.ts";
import { documentOf } from "../support/documents.ts";
import { brokenMarkdown, markdownText, nastyText } from "../support/nasty-text.ts";
import { miniLm, pieces, spaced } from "../support/token-counters.ts";

const text = fc.oneof(nastyText, markdownText, brokenMarkdown);
const sizes = fc.record({
  maxTokens: fc.oneof(fc.integer({ min: 16, max: 60 }), fc.integer({ min: 1, max: 300 })),
  overlapTokens: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1000 })),
});
const runs = 150;

export function describeChunker(chunker: Chunker, kinds: readonly string[]): void {
  const kind = fc.constantFrom(...kinds);

  describe(`every chunker: ${chunker.name}`, () => {
    const counters: [string, () => Promise<TokenCounter>][] = [
      ["a counter of short pieces", async () => pieces],
      ["a counter whose tokens begin at spaces", async () => spaced],
      ["the default model's tokenizer", miniLm],
    ];
    for (const [name, load] of counters) {
      test(`covers the text in order, within the limits, with exact token counts, by ${name}`, async () => {
        const tokens = await load();
        fc.assert(
          fc.property(text, kind, sizes, (source, kindName, { maxTokens, overlapTokens }) => {
            const document = documentOf(source, kindName);
            const chunks = [...chunker.chunk(document, { tokens, maxTokens, overlapTokens })];
            expectCover(document, chunks, tokens);
            expectLimits(chunks, tokens, maxTokens);
            expectOverlaps(document, chunks, tokens, overlapTokens);
          }),
          { numRuns: runs },
        );
      });
    }

    test("gives the source lines and the page of each chunk's first and last words", () => {
      fc.assert(
        fc.property(text, kind, fc.array(fc.nat(5000), { maxLength: 6 }), (source, kindName, starts) => {
          const document = documentOf(source, kindName, segmentsAt(starts, source));
          for (const chunk of chunker.chunk(document, { tokens: pieces, maxTokens: 40, overlapTokens: 8 })) {
            const first = chunk.start + chunk.text.search(/\S/);
            const last = chunk.start + chunk.text.trimEnd().length - 1;
            if (chunk.text.trim() === "") continue;
            const begins = slowPosition(document, first);
            expect([chunk.startLine, chunk.page]).toEqual([begins.line, begins.page]);
            expect(chunk.endLine).toBe(slowPosition(document, last).line);
          }
        }),
        { numRuns: runs },
      );
    });

    test("gives the same chunks again", () => {
      fc.assert(
        fc.property(text, kind, sizes, (source, kindName, { maxTokens, overlapTokens }) => {
          const once = () => [
            ...chunker.chunk(documentOf(source, kindName), { tokens: pieces, maxTokens, overlapTokens }),
          ];
          expect(once()).toEqual(once());
        }),
        { numRuns: 50 },
      );
    });

    test.each(["", " ", "\n", " \n\t\n ", "\u00a0\u3000"])("gives no chunk for the blank text %j", (blank) => {
      const document = documentOf(blank, kinds[0]);
      expect([...chunker.chunk(document, { tokens: pieces, maxTokens: 50, overlapTokens: 5 })]).toEqual([]);
    });

    test("gives no chunk for text without any token", async () => {
      const options = { tokens: await miniLm(), maxTokens: 50, overlapTokens: 5 };
      expect([...chunker.chunk(documentOf("\u0000\u0001\n\u0002", kinds[0]), options)]).toEqual([]);
    });

    test("repeats nothing of blank text before the first words", async () => {
      const document = documentOf(
        `${" ".repeat(43)}\u{feff} \u{10000}\u{10000}\u{4130e}\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}\u{a0}pump pump `,
        kinds[0],
      );
      const tokens = await miniLm();
      const chunks = [...chunker.chunk(document, { tokens, maxTokens: 4, overlapTokens: 2 })];
      expectCover(document, chunks, tokens);
      expectOverlaps(document, chunks, tokens, 2);
    });

    test("keeps a text that fits as one chunk", () => {
      const source = "One sentence. Another one.\n\nA second paragraph.\n";
      const chunks = [
        ...chunker.chunk(documentOf(source, kinds[0]), { tokens: pieces, maxTokens: 50, overlapTokens: 5 }),
      ];
      expect(chunks.map((chunk) => chunk.text)).toEqual([source]);
    });
  });
}

/** Every character is in a chunk, but for stretches without a token; chunks ascend; texts are the spans' own. */
function expectCover(document: Document, chunks: Chunk[], tokens: TokenCounter): void {
  let covered = 0;
  let joined = "";
  for (const chunk of chunks) {
    v.parse(Chunk, chunk);
    expect(chunk.text).toBe(document.text.slice(chunk.start, chunk.end));
    expect(chunk.text.isWellFormed()).toBe(true);
    expect(chunk.end).toBeGreaterThan(covered);
    if (chunk.start > covered) {
      expectNothingIn(document.text.slice(covered, chunk.start), tokens);
      joined += document.text.slice(covered, chunk.start);
    }
    joined += chunk.text.slice(Math.max(0, covered - chunk.start));
    covered = chunk.end;
  }
  expectNothingIn(document.text.slice(covered), tokens);
  expect(joined + document.text.slice(covered)).toBe(document.text);
}

function expectNothingIn(gap: string, tokens: TokenCounter): void {
  if (gap.trim() !== "") expect(tokens.count(gap)).toBe(0);
}

function expectLimits(chunks: Chunk[], tokens: TokenCounter, maxTokens: number): void {
  for (const chunk of chunks) {
    expect(chunk.tokens).toBe(tokens.count(chunk.text));
    expect(chunk.tokens).toBeGreaterThan(0);
    expect(chunk.text.length).toBeLessThanOrEqual(maxTokens * charactersPerToken);
    // A single character can be more tokens than a limit below this.
    if (maxTokens >= 16) expect(chunk.tokens).toBeLessThanOrEqual(maxTokens);
  }
}

/** A chunk repeats at most the overlap, and begins after the one before it. */
function expectOverlaps(document: Document, chunks: Chunk[], tokens: TokenCounter, overlapTokens: number): void {
  const starts = tokens.tokenStarts(document.text);
  for (const [index, chunk] of chunks.entries()) {
    const previous = chunks[index - 1];
    if (!previous) continue;
    expect(chunk.start).toBeGreaterThan(previous.start);
    const repeated = starts.filter((start) => start >= chunk.start && start < previous.end).length;
    expect(repeated).toBeLessThanOrEqual(overlapTokens);
  }
}

/** Segments at line starts that alternate between counted and fixed lines, each on its own page. */
function segmentsAt(near: number[], source: string): Segment[] {
  const starts = near.map((offset) => source.indexOf("\n", offset) + 1);
  const sorted = [...new Set(starts)].sort((a, b) => a - b);
  return sorted.map((start, index) => ({
    start,
    line: 1000 * (index + 1),
    step: index % 2 === 0 ? 1 : 0,
    page: index + 1,
  }));
}

/** The definition of a segment, read literally. */
function slowPosition(document: Document, offset: number): { line: number; page: number | null } {
  const segment = document.segments.findLast((candidate) => candidate.start <= offset) ?? { start: 0, line: 1 };
  const newlines = document.text.slice(segment.start, offset).split("\n").length - 1;
  const counted = "step" in segment && segment.step === 0 ? 0 : newlines;
  return { line: segment.line + counted, page: ("page" in segment && segment.page) || null };
}
