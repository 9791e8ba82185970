/** Goal: the line scanner finds the blocks that a full Markdown parser finds, and takes linear time on any input. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Block, scanBlocks } from "../../../src/ingest/chunkers/shared/markdown/blocks.ts";
import { headingOf, pathOf } from "../../../src/ingest/chunkers/shared/markdown/headings.ts";
import { referenceOf } from "../../support/markdown-reference.ts";
import { brokenMarkdown, markdownText } from "../../support/nasty-text.ts";

const lineOf = (text: string, offset: number) => text.slice(0, offset).split("\n").length;

function found(text: string) {
  const blocks = [...scanBlocks(text)];
  return {
    headings: blocks
      .filter((block) => block.kind === "heading")
      .map((block) => ({
        level: block.level,
        line: lineOf(text, block.start),
        text: pathOf(text, headingOf(block, undefined))[0] ?? "",
      })),
    blocks: blocks
      .filter((block) => block.kind === "fence" || block.kind === "list" || block.kind === "table")
      .map((block) => ({
        kind: block.kind,
        startLine: lineOf(text, block.start),
        endLine: lineOf(text, block.start + text.slice(block.start, block.end).trimEnd().length),
      })),
  };
}

describe("top-level blocks of Markdown", () => {
  test("headings, fences, lists and tables lie where markdown-it finds them", () => {
    fc.assert(
      fc.property(markdownText, (text) => {
        expect(found(text)).toEqual(referenceOf(text) as ReturnType<typeof found>);
      }),
      { numRuns: 300 },
    );
  });

  test("the repository's own documents have the blocks that markdown-it finds", async () => {
    const names = [...new Bun.Glob("{*.md,ffi/*.md,bench/*.md,fixtures/documents/**/*.md}").scanSync(".")];
    for (const name of names) {
      const text = await Bun.file(name).text();
      expect({ name, ...found(text) }).toEqual({ name, ...referenceOf(text) } as never);
    }
  });

  test.each([
    ["# One `code` and *stress* #", "One code and stress"],
    ["## [Link](https://example.org) text ##", "Link text"],
    ["Two\nlines\n====", "Two lines"],
    ["### snake_case_name stays", "snake_case_name stays"],
    ["# Named {#anchor}", "Named"],
    ["# C\\#", "C#"],
    ["# Pump `<rate>` [![Badge](a.svg)](b.html)", "Pump <rate>"],
    ["# ![The logo](a.svg)", "The logo"],
    ["# Drain <sup>2</sup> &amp; rinse", "Drain 2 & rinse"],
    ["#", ""],
  ])("the heading %j says %j", (source, words) => {
    const [block] = [...scanBlocks(source)] as [Block];
    expect(pathOf(source, headingOf(block, undefined)).join()).toBe(words);
  });

  test("a heading longer than 200 characters is cut", () => {
    const source = `# ${"word ".repeat(100_000)}`;
    const [block] = [...scanBlocks(source)] as [Block];
    expect(pathOf(source, headingOf(block, undefined))[0]!.length).toBeLessThanOrEqual(200);
  });

  test("blocks ascend and leave only blank lines between them, whatever the marks", () => {
    fc.assert(
      fc.property(brokenMarkdown, (text) => {
        let at = 0;
        for (const block of scanBlocks(text)) {
          expect(text.slice(at, block.start).trim()).toBe("");
          expect(block.end).toBeGreaterThan(block.start);
          at = block.end;
        }
        expect(text.slice(at).trim()).toBe("");
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["headings", "# a\n"],
    ["fences that open and close", "```\n"],
    ["fences that never close", "```a\n~~~ b\n"],
    ["list items", "- a\n"],
    ["one line of quote marks", "> "],
    ["one line of brackets", "["],
    ["one line of pipes", "|"],
    ["rows of pipes", "|-|\n"],
    ["one line of backticks", "`"],
    ["tags that never close", "<a\n"],
    ["comments that never close", "<!--\n\n"],
    ["underlined headings", "a\n===\n"],
    ["paragraph lines", "word word\n"],
    ["blank lines", "\n"],
  ])("4 MB of %s are scanned within ten seconds", (_, unit) => {
    const text = unit.repeat(4_000_000 / unit.length);
    const started = performance.now();
    let blocks = 0;
    for (const _block of scanBlocks(text)) blocks++;
    expect(blocks).toBeGreaterThanOrEqual(unit === "\n" ? 0 : 1);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
