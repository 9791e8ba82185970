/** Goal: plain text and code are cut at good places, and giant runs neither hang nor overflow. */
import { describe, expect, test } from "bun:test";
import text from "../../../src/ingest/chunkers/text.ts";
import { describeChunker } from "../../contracts/chunker.ts";
import { documentOf } from "../../support/documents.ts";
import { pieces } from "../../support/token-counters.ts";

describeChunker(text, ["text", "rst", "xml", "pdf", "code"]);

const chunksOf = (source: string, maxTokens: number, overlapTokens = 0, kind = "text") => [
  ...text.chunk(documentOf(source, kind), { tokens: pieces, maxTokens, overlapTokens }),
];

describe("text chunks", () => {
  test("end at paragraphs, not at sentences, where that costs no more chunks", () => {
    const paragraph = `${"One two six ten. ".repeat(5).trim()}\n\n`;
    for (const chunk of chunksOf(paragraph.repeat(20), 50)) expect(chunk.text).toMatch(/ten\.\n\n$/);
  });

  test("end at sentences, not at lines or words, where sentences fit", () => {
    const sentence = "This is one of the\nhard-wrapped sentences. ";
    for (const chunk of chunksOf(sentence.repeat(40), 60)) expect(chunk.text).toMatch(/sentences\. ?$/);
  });

  test.each([
    ["Dr. Adams came. She left.", ["Dr. Adams came. ", "She left."]],
    ["Use e.g. Brackets here. Then stop.", ["Use e.g. Brackets here. ", "Then stop."]],
    ["It cost 3.50 euros. Cheap!", ["It cost 3.50 euros. ", "Cheap!"]],
    ["J. Smith wrote it. We read it.", ["J. Smith wrote it. ", "We read it."]],
    ['He said "Stop." Then he left.', ['He said "Stop." ', "Then he left."]],
    ["Wait… what? Yes.", ["Wait… what? ", "Yes."]],
    ["这是第一句。这是第二句。", ["这是第一句。", "这是第二句。"]],
    ["First line\n- Item one here\n- Item two here", ["First line\n", "- Item one here\n", "- Item two here"]],
  ])("%j ends its sentences where people see them end", (source, sentences) => {
    // The limit lets every sentence stand but no two of them together.
    const limit = Math.max(...sentences.map((sentence) => pieces.count(sentence)));
    expect(chunksOf(source, limit).map((chunk) => chunk.text)).toEqual(sentences);
  });

  test("repeat the last whole sentences of the chunk before, or its last words when no sentence is short enough", () => {
    const short = Array.from({ length: 40 }, (_, n) => `Line ${n} is red.`).join(" ");
    for (const chunk of chunksOf(short, 40, 12).slice(1)) expect(chunk.text).toMatch(/^Line \d+ is/);
    const long = `${"word ".repeat(400)}end.`;
    const chunks = chunksOf(long, 40, 10);
    expect(chunks.length).toBeGreaterThan(10);
    for (const [index, chunk] of chunks.entries()) {
      if (index > 0) expect(chunks[index - 1]!.end - chunk.start).toBe("word ".length * 10);
    }
  });

  test("of code end at blank lines before top-level lines where they can", () => {
    const part = (n: number) => `function part${n}() {\n  const a = ${n};\n\n  return a;\n}\n`;
    const chunks = chunksOf(Array.from({ length: 20 }, (_, n) => part(n)).join("\n"), 80, 0, "code");
    expect(chunks.length).toBeGreaterThan(4);
    for (const chunk of chunks) expect(chunk.text).toMatch(/^function part\d+/);
  });

  test("of code repeat whole lines or nothing", () => {
    const part = (n: number) => `function part${n}() {\n${`  call(${n}, another, third);\n`.repeat(4)}}\n`;
    const source = Array.from({ length: 20 }, (_, n) => part(n)).join("\n");
    const chunks = chunksOf(source, 80, 20, "code");
    for (const chunk of chunks) expect(source.slice(0, chunk.start)).toMatch(/(^|\n)$/);
    expect(chunks.some((chunk, index) => chunk.start < (chunks[index - 1]?.end ?? 0))).toBe(true);
  });

  test("lie on one page each", () => {
    const page = (n: number) => `Page ${n} begins. ${"It goes on and on with words. ".repeat(12)}\n\n`;
    const pages = [1, 2, 3].map(page);
    const segments = pages.map((_, index) => ({
      start: pages.slice(0, index).join("").length,
      line: 1,
      page: index + 1,
    }));
    const document = documentOf(pages.join(""), "pdf", segments);
    const chunks = [...text.chunk(document, { tokens: pieces, maxTokens: 60, overlapTokens: 10 })];
    for (const chunk of chunks) {
      const { start } = segments[chunk.page! - 1]!;
      expect(chunk.start).toBeGreaterThanOrEqual(start);
      expect(chunk.end).toBeLessThanOrEqual(start + pages[0]!.length);
    }
    expect(chunks.filter((chunk) => chunk.text.startsWith("Page")).map((chunk) => chunk.page)).toEqual([1, 2, 3]);
  });

  test("do not end with an underlined title or with words that introduce a list", () => {
    const part = `Title of it\n-----------\n\n${"Some prose stands here. ".repeat(5)}\n\nAs follows:\n\n- one item\n- two items\n\n`;
    const chunks = chunksOf(part.repeat(30), 100, 10, "rst");
    expect(chunks.length).toBeGreaterThan(10);
    for (const chunk of chunks) expect(chunk.text.trimEnd()).not.toMatch(/(-----|As follows:)$/);
  });

  test("do not begin with half an indentation", () => {
    const source = `if x:\n${"    first_call(a, b)\n    second_call(c)\n".repeat(60)}`;
    for (const chunk of chunksOf(source, 50, 0, "code").slice(1)) expect(chunk.text).toMatch(/^ {4}\S/);
  });

  test.each([
    ["a word of 2 MB", "x".repeat(2_000_000)],
    ["a line of 2 MB", "word ".repeat(400_000)],
    ["2 MB of spaces between two words", `a${" ".repeat(2_000_000)}b`],
    ["2 MB of full stops", ".".repeat(2_000_000)],
    ["one letter with 2 MB of accents", `e${"\u0301".repeat(2_000_000)}`],
    ["2 MB of joined emoji", "👩‍".repeat(660_000)],
    ["lines of one letter", "a\n".repeat(1_000_000)],
  ])("%s are cut within twenty seconds", (_, source) => {
    const started = performance.now();
    let characters = 0;
    for (const chunk of chunksOf(source, 200, 30)) characters = Math.max(characters, chunk.text.length);
    expect(characters).toBeLessThanOrEqual(3200);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
