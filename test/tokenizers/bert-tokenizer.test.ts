/** Goal: what callers rely on beyond exact ids: positions, limits, size, and errors that name the file. */
import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { MdpError } from "../../src/core/errors.ts";
import { parseTokenizer } from "../../src/tokenizers/load.ts";
import type { Tokenizer } from "../../src/tokenizers/tokenizer.ts";
import { MODEL_DIR } from "../support/peers.ts";
import { nastyCorpus } from "./nasty-corpus.ts";

const FILE = join(MODEL_DIR, "tokenizer.json");
let json: string;
let tokenizer: Tokenizer;

beforeAll(async () => {
  json = await Bun.file(FILE).text();
  tokenizer = parseTokenizer(json, FILE);
});

describe("token positions", () => {
  test("starts ascend, lie in the text, and number as many as count says", () => {
    for (const text of nastyCorpus(600)) {
      const starts = tokenizer.tokenStarts(text);
      expect(starts.length).toBe(tokenizer.count(text));
      expect(starts.every((start, i) => start < text.length && (i === 0 || start >= starts[i - 1]!))).toBe(true);
    }
  });

  test("joining texts at a newline adds their tokens", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(tokenizer.count(`${a}\n${b}`)).toBe(tokenizer.count(a) + tokenizer.count(b));
      }),
    );
  });

  test("a lone surrogate counts as the replacement character", () => {
    expect(tokenizer.encode("a \ud800b\udfff c")).toEqual(tokenizer.encode("a \ufffdb\ufffd c"));
  });
});

describe("limits", () => {
  test("what tokenizer.json says about truncation and padding is not used", () => {
    expect(JSON.parse(json).truncation.max_length).toBe(128);
    expect(tokenizer.encode("word ".repeat(1_000)).ids.length).toBe(1_002);
    expect(tokenizer.encode("word").ids.length).toBe(3);
  });

  test("the special tokens are within the limit, and only a text over it counts as truncated", () => {
    expect(tokenizer.encode("a b c", { maxTokens: 5 })).toMatchObject({ truncated: false, ids: { length: 5 } });
    expect(tokenizer.encode("a b c d", { maxTokens: 5 })).toMatchObject({ truncated: true, ids: { length: 5 } });
    expect(tokenizer.encode("x".repeat(3), { maxTokens: 2 }).ids).toEqual(Uint32Array.of(101, 102));
  });

  test("special tokens can be left out", () => {
    expect(tokenizer.encode("hello", { specialTokens: false }).ids).toEqual(Uint32Array.of(7592));
  });
});

describe("large texts", () => {
  const million = 1_000_000;
  test("a word of 2 MB is one unknown token", () => {
    expect(tokenizer.tokenStarts("x".repeat(2 * million))).toEqual(Uint32Array.of(0));
    expect(tokenizer.tokenStarts("ก".repeat(2 * million))).toEqual(Uint32Array.of(0));
  });

  test("a line of 2 MB and one of 2 million ideographs are tokenized", () => {
    expect(tokenizer.count("data ".repeat(400_000))).toBe(400_000);
    expect(tokenizer.count("中".repeat(2 * million))).toBe(2 * million);
  });

  test("only as much of a long text is read as the limit needs", () => {
    expect(tokenizer.encode("many words ".repeat(million), { maxTokens: 256 })).toMatchObject({
      truncated: true,
      ids: { length: 256 },
    });
  });
});

describe("a tokenizer that is not supported", () => {
  const edited = (edit: (file: Record<string, Record<string, unknown>>) => void) => {
    return () => {
      const file = JSON.parse(json);
      edit(file);
      return parseTokenizer(JSON.stringify(file), "some/tokenizer.json");
    };
  };

  test.each([
    ["another model", edited((file) => Object.assign(file.model!, { type: "WordLevel" })), "model.type"],
    ["another normalizer", edited((file) => Object.assign(file.normalizer!, { type: "Other" })), "normalizer.type"],
    [
      "an unknown token that the vocabulary lacks",
      edited((file) => Object.assign(file.model!, { unk_token: "[NONE]" })),
      "[NONE]",
    ],
    ["no JSON", () => parseTokenizer("{", "some/tokenizer.json"), "JSON"],
  ])("%s is an error that names the file and the part", (_, parse, part) => {
    expect(parse).toThrow(MdpError);
    expect(parse).toThrow(part);
    try {
      parse();
    } catch (error) {
      expect(error).toMatchObject({ where: "some/tokenizer.json" });
    }
  });
});
