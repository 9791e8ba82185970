/** Goal: titles of reStructuredText, AsciiDoc and plain text become heading paths, and nothing else does. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { scanTitles } from "../../../src/ingest/chunkers/shared/titles.ts";
import titled from "../../../src/ingest/chunkers/titled.ts";
import { describeChunker } from "../../contracts/chunker.ts";
import { documentOf } from "../../support/documents.ts";
import { pieces } from "../../support/token-counters.ts";

describeChunker(titled, ["rst", "text"]);

const titles = (text: string) => [...scanTitles(text)].map(({ level, words: title }) => `${level} ${title}`);

describe("titles", () => {
  test("of reStructuredText get their levels by first use, an overline making another style", () => {
    const text =
      "======\nManual\n======\n\n" +
      ".. _intro:\n\nIntroduction\n============\n\nText.\n\nDetails\n-------\n\nMore.\n\n:mod:`zlib` --- *Files*\n=======================\n";
    expect(titles(text)).toEqual(["1 Manual", "2 Introduction", "3 Details", "2 zlib --- Files"]);
  });

  test("of AsciiDoc are underlined about as long as they are, or marked by equals signs", () => {
    expect(titles("git-add(1)\n==========\n\nNAME\n----\ngit-add\n\nOptions[[o]]\n-----------\n")).toEqual([
      "1 git-add(1)",
      "2 NAME",
      "2 Options[[o]]",
    ]);
    expect(titles("= Title\n\n[[anchor]]\n== Part ==\n\ntext\n== not after text\n")).toEqual(["1 Title"]);
    expect(titles("= Title\n\n== Part ==\n\ntext\n")).toEqual(["1 Title", "2 Part"]);
  });

  test.each([
    ["a paragraph above a border", "some words of text\nand more words here\n-------------------\n"],
    ["a listing with one line", "Run this:\n\n----\nmake\n----\n"],
    ["a border of another length", "A long line of words that is a paragraph\n----\n"],
    ["a table", "=====  =====\nA      B\n=====  =====\n"],
    ["punctuation", "***\n---\n"],
    ["a directive", ".. note::\n=========\n"],
  ])("are not seen in %s", (_, text) => {
    expect(titles(text)).toEqual([]);
  });

  test("are found in linear time in a line of 20 MB", () => {
    expect(titles(`${"=".repeat(20_000_000)}\n${"x".repeat(100)}\n`)).toEqual([]);
  });
});

describe("chunks of titled text", () => {
  const options = { tokens: pieces, maxTokens: 24, overlapTokens: 0 };
  const text =
    "Manual\n======\n\nFirst words about it.\n\nBasics\n------\n\nOne two three four five six seven.\n\nEight nine ten eleven twelve thirteen.\n\nEnd\n===\n\nLast words.\n";

  test("lie in one section each and carry its path", () => {
    const chunks = [...titled.chunk(documentOf(text, "rst"), options)];
    expect(chunks.map(({ headings, text: body }) => [headings.join(" > "), body.trim().split("\n")[0]])).toEqual([
      ["Manual", "Manual"],
      ["Manual > Basics", "Basics"],
      ["Manual > Basics", "Eight nine ten eleven twelve thirteen."],
      ["End", "End"],
    ]);
    expect(chunks.map(({ text: body }) => body).join("")).toBe(text);
  });

  test("keep every character in order, whatever the text", () => {
    const line = fc.constantFrom(
      "Title",
      "=====",
      "-----",
      "",
      "some words here",
      "== Part",
      "  indented",
      "\u{1f600} x",
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const source = `${lines.join("\n")}\n`;
        const chunks = [...titled.chunk(documentOf(source, "rst"), options)];
        const kept = chunks.map(({ text: body }) => body).join("");
        expect(kept.replace(/[\s=-]/g, "")).toBe(source.replace(/[\s=-]/g, ""));
        for (const { tokens } of chunks) expect(tokens).toBeLessThanOrEqual(24);
      }),
      { numRuns: 300 },
    );
  });
});
