/** Goal: each line is one row, whatever its bytes and however they arrive. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readTextRows, type TextRowOptions } from "../../src/embed/text-rows.ts";

async function read(input: string | Uint8Array, options: Partial<TextRowOptions> = {}, chunk = 3) {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  async function* chunks() {
    for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk);
  }
  return Array.fromAsync(readTextRows(chunks(), { jsonl: false, where: "in.txt", ...options }));
}

describe("lines", () => {
  test.each([
    ["nothing is no row", "", []],
    ["an empty line is an empty text", "\n", [""]],
    ["empty lines keep their rows", "a\n\n\nb\n", ["a", "", "", "b"]],
    ["the last line may lack its newline", "a\nb", ["a", "b"]],
    ["CRLF ends a line, a lone CR does not", "a\r\nb\rc\r\n", ["a", "b\rc"]],
    ["a byte order mark is no text", "\ufeffa\n", ["a"]],
    ["other line separators are text", "a\u2028b\u0085c\n", ["a\u2028b\u0085c"]],
  ])("%s", async (_, input, texts) => {
    expect((await read(input)).map((row) => row.text)).toEqual(texts);
  });

  test("are numbered from 0", async () => {
    expect(await read("a\nb\n")).toEqual([
      { id: 0, text: "a" },
      { id: 1, text: "b" },
    ]);
  });

  test("come back whatever the cuts between chunks", async () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\ufeff]/g, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), async (texts, chunk) => {
        const rows = await read(texts.map((text) => `${text}\n`).join(""), {}, chunk);
        expect(rows.map((row) => row.text)).toEqual(texts);
      }),
    );
  });

  test("invalid UTF-8 becomes replacement characters", async () => {
    expect(await read(Uint8Array.of(0x61, 0xff, 0x0a))).toEqual([{ id: 0, text: "a\ufffd" }]);
  });

  test("a line over the limit is an error", async () => {
    await expect(read("12345678\n", { maxLineLength: 7 })).rejects.toMatchObject({
      code: "line-too-long",
      where: "in.txt",
    });
  });
});

describe("JSONL", () => {
  const jsonl = (input: string) => read(input, { jsonl: true, where: "in.jsonl" });

  test("takes id and text, and the position where there is no id", async () => {
    expect(await jsonl('{"id":"x","text":"a","more":1}\n\n{"text":""}\n{"id":7,"text":"b"}')).toEqual([
      { id: "x", text: "a" },
      { id: 1, text: "" },
      { id: 7, text: "b" },
    ]);
  });

  test.each([
    ["no JSON", '{"text":"a"}\n{"text":\n', "in.jsonl:2"],
    ["no text", '{"text":"a"}\n\n{"id":"x"}\n', "in.jsonl:3"],
    ["a text that is a number", '{"text":1}\n', "in.jsonl:1"],
  ])("a row with %s is an error that names the line", async (_, input, where) => {
    await expect(jsonl(input)).rejects.toMatchObject({ code: "bad-row", where });
  });
});
