/** Goal: Markdown is cut at its sections, every chunk knows its headings, and blocks stay whole where they fit. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import markdown from "../../../src/ingest/chunkers/markdown.ts";
import { describeChunker } from "../../contracts/chunker.ts";
import { documentOf } from "../../support/documents.ts";
import { pathAtLine, referenceOf } from "../../support/markdown-reference.ts";
import { markdownText } from "../../support/nasty-text.ts";
import { pieces } from "../../support/token-counters.ts";

describeChunker(markdown, ["markdown", "html"]);

const chunksOf = (text: string, maxTokens = 200, overlapTokens = 30) => [
  ...markdown.chunk(documentOf(text, "markdown"), { tokens: pieces, maxTokens, overlapTokens }),
];

describe("markdown chunks", () => {
  test("have the heading path that markdown-it sees at their last line", () => {
    fc.assert(
      fc.property(markdownText, fc.integer({ min: 16, max: 120 }), (text, maxTokens) => {
        const { headings } = referenceOf(text);
        for (const chunk of chunksOf(text, maxTokens, 10)) {
          expect(chunk.headings).toEqual(pathAtLine(headings, chunk.endLine));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("hold whole every table, fence and list that fits", () => {
    fc.assert(
      fc.property(markdownText, fc.integer({ min: 30, max: 200 }), (text, maxTokens) => {
        const lines = text.split("\n");
        const chunks = chunksOf(text, maxTokens, 10);
        for (const block of referenceOf(text).blocks) {
          const source = lines.slice(block.startLine - 1, block.endLine).join("\n");
          if (pieces.count(source) > maxTokens) continue;
          expect(chunks.filter((chunk) => chunk.text.includes(source))).not.toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("begin at headings, and a heading without text of its own stays with the next", () => {
    const chunks = chunksOf("Before.\n\n# A\n\n## B\n\nText of B.\n\n## C\nText of C.\n\nD\n=\nText of D.\n");
    expect(chunks.map((chunk) => [chunk.headings, chunk.text.trim(), chunk.startLine])).toEqual([
      [[], "Before.", 1],
      [["A", "B"], "# A\n\n## B\n\nText of B.", 3],
      [["A", "C"], "## C\nText of C.", 9],
      [["D"], "D\n=\nText of D.", 12],
    ]);
  });

  test("cut a table that is too large between its rows", () => {
    const rows = Array.from({ length: 60 }, (_, row) => `| item ${row} | some words about it |`);
    const table = ["| name | text |", "|---|---|", ...rows].join("\n");
    const chunks = chunksOf(`# T\n\n${table}\n`, 80, 0);
    expect(chunks.length).toBeGreaterThan(5);
    for (const chunk of chunks.slice(1)) expect(chunk.text).toMatch(/^(\| item \d+ \| some words about it \|\n)+$/);
  });

  test("cut a fence that is too large between lines, at blank lines where that costs no more chunks", () => {
    const part = (name: string) => `def ${name}():\n${"    value = compute(value)\n".repeat(6)}    return value\n`;
    const code = ["a", "b", "c", "d", "e", "f"].map(part).join("\n");
    const chunks = chunksOf(`\`\`\`python\n${code}\`\`\`\n`, 120, 0);
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks.slice(1)) expect(chunk.text).toMatch(/^def /);
  });

  test("cut a list that is too large between its items, never inside one that fits", () => {
    const items = Array.from(
      { length: 30 },
      (_, n) => `- Item ${n} says something. And a second sentence.\n  - nested\n`,
    );
    const chunks = chunksOf(items.join(""), 60, 0);
    for (const chunk of chunks) expect(chunk.text).toMatch(/^- Item/);
  });

  test("keep a heading with the text under it", () => {
    const prose = "A sentence with some words in it. ".repeat(12);
    const chunks = chunksOf(`# One\n\n${prose}\n\n# Two\n\n${prose}\n`, 100, 10);
    for (const chunk of chunks) expect(chunk.text.trim()).not.toMatch(/(^|\n)#[^\n]*$/);
  });

  test("a megabyte of headings gives each chunk its own path", () => {
    let chunks = 0;
    for (const chunk of markdown.chunk(documentOf("# a\n".repeat(250_000), "markdown"), {
      tokens: pieces,
      maxTokens: 200,
      overlapTokens: 30,
    })) {
      chunks++;
      if (chunk.headings.length !== 1) throw new Error(`headings: ${chunk.headings}`);
    }
    expect(chunks).toBeGreaterThan(2_000);
  });
});
