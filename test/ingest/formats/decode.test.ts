/** Bytes of any encoding come out as well-formed text with `\n`. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import iconv from "iconv-lite";
import { decodeText } from "../../../src/ingest/formats/shared/decode.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");

describe("encoding", () => {
  test("UTF-8, with and without a mark", () => {
    expect(decodeText(Buffer.from("Grüße €"))).toEqual({ text: "Grüße €", encoding: "utf-8" });
    expect(decodeText(Buffer.from("\ufeffGrüße"))).toEqual({ text: "Grüße", encoding: "utf-8" });
  });

  test("UTF-16 and UTF-32, either order, with a mark", () => {
    for (const encoding of ["utf-16le", "utf-16be", "utf-32le", "utf-32be"]) {
      const bytes = iconv.encode("Grüße, 世界 😀", encoding, { addBOM: true });
      expect(decodeText(bytes)).toEqual({ text: "Grüße, 世界 😀", encoding });
    }
  });

  test("UTF-16 without a mark, when its text is mostly Latin", () => {
    for (const encoding of ["utf-16le", "utf-16be"]) {
      expect(decodeText(iconv.encode("Grüße and more", encoding))).toEqual({ text: "Grüße and more", encoding });
    }
  });

  test("Windows-1252 with its quotes and dashes", () => {
    expect(decodeText(latin1("\x93Caf\xe9\x94 \x96 na\xefve"))).toEqual({
      text: "“Café” – naïve",
      encoding: "windows-1252",
    });
  });

  test("other scripts, when there is enough text to tell", () => {
    const russian = "Море приходит и уходит, и никто не спрашивает его, почему. ".repeat(5);
    expect(decodeText(iconv.encode(russian, "windows-1251"))).toMatchObject({
      text: russian,
      encoding: "windows-1251",
    });
    const japanese = "海は来て、そして去る。だれもその理由をたずねない。".repeat(5);
    expect(decodeText(iconv.encode(japanese, "shift_jis"))).toMatchObject({ text: japanese, encoding: "shift_jis" });
  });

  test("UTF-8 with a few broken bytes stays UTF-8, and says so", () => {
    const bytes = Buffer.concat([
      Buffer.from("schöne Grüße aus Köln, Öl und Ärger "),
      latin1("\xff"),
      Buffer.from(" später"),
    ]);
    const decoded = decodeText(bytes);
    expect(decoded.encoding).toBe("utf-8");
    expect(decoded.text).toContain("\ufffd später");
    expect(decoded.note).toBe("1 invalid UTF-8 sequences replaced");
  });

  test("a replacement character of the source is not counted as broken", () => {
    expect(decodeText(Buffer.from("a \ufffd b"))).toEqual({ text: "a \ufffd b", encoding: "utf-8" });
  });
});

describe("text", () => {
  test("has one newline for each of the source, whatever its kind", () => {
    expect(decodeText(Buffer.from("a\r\nb\rc\nd\r\n\r\ne")).text).toBe("a\nb\nc\nd\n\ne");
  });

  test("has no NULs, and says how many there were", () => {
    expect(decodeText(Buffer.from("a\0bc\0"))).toEqual({
      text: "abc",
      encoding: "utf-8",
      note: "2 NUL characters removed",
    });
  });

  test("is well formed for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { text } = decodeText(bytes);
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/[\0\r]/);
      }),
    );
  });

  test("is the source for any text in UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        fc.pre(!/[\0\r]|^\ufeff/.test(text));
        expect(decodeText(Buffer.from(text)).text).toBe(text);
      }),
    );
  });
});
