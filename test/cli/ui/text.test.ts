/** Text of documents is made safe, marked and fitted before it is shown. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatBytes, formatSeconds, plural } from "../../../src/cli/ui/format.ts";
import { highlighter } from "../../../src/cli/ui/highlight.ts";
import { jsonText, safeLine, safeText } from "../../../src/cli/ui/sanitize.ts";
import { renderTable } from "../../../src/cli/ui/table.ts";

const mark = (word: string) => `[${word}]`;

describe("safe text", () => {
  test.each([
    ["\x1b]0;title\x07", "␛]0;title␇"],
    ["\x1b[2J\x1b[31mred", "␛[2J␛[31mred"],
    ["a\x9b31mb", "a\ufffd31mb"],
    ["back\b\b\x7f", "back␈␈␡"],
    ["over\rwrite", "over␍write"],
    ["dos\r\nline", "dos\nline"],
    ["abc\u202edcba", "abc\ufffddcba"],
    ["a\tb\nc", "a\tb\nc"],
    ["naïve 日本 👩‍👩‍👧", "naïve 日本 👩‍👩‍👧"],
  ])("%j shows as %j", (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  test("in one line shows newlines and tabs as signs", () => {
    expect(safeLine("a\nb\tc\x1b")).toBe("a␊b␉c␛");
  });

  test("never holds a control character, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(safeLine(text)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
        expect(safeText(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      }),
    );
  });

  test("of JSON reads back as it was, and holds no control character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = jsonText({ text });
        expect(json).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });
});

describe("marks", () => {
  test.each([
    ["install", "Installing the installer, installed.", "[Installing] the [installer], [installed]."],
    ["running tests", "It runs a test; we ran testing.", "It [runs] a [test]; we ran [testing]."],
    ["café", "Cafe and CAFÉ", "[Cafe] and [CAFÉ]"],
    ["how do I undo a commit?", "Do it: undo the commits I made", "Do it: [undo] the [commits] I made"],
    ["what is it", "what it is", "[what] [it] [is]"],
    ["東京", "私は東京都に住む", "私は[東京]都に住む"],
    ["", "nothing", "nothing"],
    ["$& (.*)", "a $& b (.*)", "a $& b (.*)"],
    ["ERR_4017", "code ERR_4017!", "code [ERR]_[4017]!"],
  ])("of %j in %j", (query, text, marked) => {
    expect(highlighter(query, mark)(text)).toBe(marked);
  });

  test("change nothing but the marks themselves", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (query, text) => {
        const marked = highlighter(query, (word) => `\u0001${word}\u0002`)(text);
        expect(marked.replace(/[\u0001\u0002]/g, "")).toBe(text.replace(/[\u0001\u0002]/g, ""));
      }),
    );
  });
});

describe("numbers for people", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1500, "1.5 kB"],
    [99_600, "100 kB"],
    [999_900, "1.0 MB"],
    [90_868_376, "90.9 MB"],
    [3e12, "3.0 TB"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0.04, "0.0 s"],
    [9.94, "9.9 s"],
    [59.4, "59 s"],
    [59.9, "1 min 00 s"],
    [3725, "1 h 02 min"],
  ])("%d seconds are %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  test("one is singular", () => {
    expect([plural(1, "file"), plural(0, "file"), plural(12_000, "file")]).toEqual([
      "1 file",
      "0 files",
      "12,000 files",
    ]);
  });
});

test("a table is aligned by what a terminal shows", () => {
  expect(renderTable([["日本", "x"], ["a", "y", "z"], ["only one, and long"]])).toBe(
    "日本  x\na     y  z\nonly one, and long\n",
  );
});
