/** Goal: a tokenizer is found by file or folder, tells what it is, and says what is wrong with it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MdpError } from "../../src/core/errors.ts";
import { sha256File } from "../../src/core/hash.ts";
import { IdBuffer } from "../../src/tokenizers/id-buffer.ts";
import { parseTokenizer } from "../../src/tokenizers/load.ts";
import { openTokenizer } from "../../src/tokenizers/open.ts";
import type { Tokenizer } from "../../src/tokenizers/tokenizer.ts";
import { MODEL_DIR } from "../support/peers.ts";
import { FAMILIES, trainFamilies } from "./families.ts";
import { localTexts } from "./local-text.ts";
import { nastyCorpus } from "./nasty-corpus.ts";

const folder = mkdtempSync(join(tmpdir(), "mdp-open-"));
const KINDS = ["gpt2", "llama3", "qwen2", "clip", "llama2", "t5"];
let tokenizers: Tokenizer[];

beforeAll(async () => {
  await trainFamilies(folder, localTexts(0.2).join(""), 1_000, KINDS);
  tokenizers = await Promise.all(KINDS.map((name) => openTokenizer(join(folder, `${name}.json`))));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function errorOf(run: () => unknown): Promise<MdpError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof MdpError) return error;
    throw error;
  }
  throw new Error("there was no error");
}

describe("opening", () => {
  test("takes a file or the folder with it, and knows its hash", async () => {
    const byFolder = await openTokenizer(MODEL_DIR);
    const file = join(MODEL_DIR, "tokenizer.json");
    expect(byFolder.sha256).toBe(await sha256File(file));
    expect((await openTokenizer(file)).sha256).toBe(byFolder.sha256);
    expect([byFolder.model, byFolder.vocabSize]).toEqual(["WordPiece", 30_522]);
  });

  test("reads special tokens from the files beside it, and only well-known names without them", async () => {
    expect((await openTokenizer(MODEL_DIR)).special).toEqual({ pad: 0, unk: 100, sep: 102, cls: 101, mask: 103 });
    expect(tokenizers[1]!.special).toEqual({ bos: 0, eos: 1 });
    const beside = join(folder, "beside");
    mkdirSync(beside);
    await Bun.write(join(beside, "tokenizer.json"), Bun.file(join(folder, "llama3.json")));
    await Bun.write(
      join(beside, "special_tokens_map.json"),
      '{"eos_token": {"content": "<|eot_id|>"}, "pad_token": "none"}',
    );
    expect((await openTokenizer(beside)).special).toEqual({ eos: 2 });
  });

  test("names what is missing", async () => {
    const nowhere = join(folder, "nowhere");
    expect(await errorOf(() => openTokenizer(nowhere))).toMatchObject({ code: "tokenizer-missing", where: nowhere });
    expect((await errorOf(() => openTokenizer(folder))).message).toContain("tokenizer.json");
  });

  test.each([
    [
      "normalizer.normalizers.1.type",
      { normalizer: { type: "Sequence", normalizers: [{ type: "NFC" }, { type: "Odd" }] } },
    ],
    ["pre_tokenizer.type", { pre_tokenizer: { type: "UnicodeScripts" } }],
    [
      "pre_tokenizer.pattern",
      { pre_tokenizer: { type: "Split", pattern: { Regex: "(?<n>a)" }, behavior: "Isolated" } },
    ],
    ["decoder.type", { decoder: { type: "CTC" } }],
    ["post_processor.single", { post_processor: { type: "TemplateProcessing", single: [], special_tokens: {} } }],
    ["model.merges", { model: { type: "BPE", vocab: { a: 0 }, merges: ["a b"] } }],
    ["model.dropout", { model: { type: "BPE", vocab: { a: 0 }, merges: [], dropout: 0.1 } }],
    ["added_tokens.0.id", { added_tokens: [{ content: "a" }] }],
  ])("names %s when that part is not supported", async (path, parts) => {
    const file = { model: { type: "BPE", vocab: { a: 0 }, merges: [] }, ...parts };
    const error = await errorOf(() => parseTokenizer(JSON.stringify(file), "some.json"));
    expect(error).toMatchObject({ code: "tokenizer-unsupported", where: "some.json" });
    expect(error.message).toContain(path);
  });

  test("a Unigram model without an unknown token refuses what it does not know", async () => {
    const file = { model: { type: "Unigram", unk_id: null, vocab: [["a", -1]] } };
    const tokenizer = parseTokenizer(JSON.stringify(file), "some.json");
    expect([...tokenizer.encode("aa").ids]).toEqual([0, 0]);
    expect((await errorOf(() => tokenizer.encode("ab"))).code).toBe("tokenizer-no-unknown");
  });
});

describe("any tokenizer", () => {
  test("is one of the families that the Rust library is compared with", () => {
    expect(FAMILIES).toEqual(expect.arrayContaining(KINDS));
  });

  test("gives the same ids with spans, without, into a buffer that holds others, and again", () => {
    for (const [i, tokenizer] of tokenizers.entries()) {
      for (const text of nastyCorpus(300)) {
        const { ids, starts, ends } = tokenizer.encode(text, { specialTokens: false });
        const out = new IdBuffer(1);
        out.push(7);
        tokenizer.encodeInto(text, out);
        tokenizer.encodeInto(text, out);
        expect([KINDS[i], ...out.toArray()]).toEqual([KINDS[i], 7, ...ids, ...ids]);
        expect(tokenizer.count(text)).toBe(ids.length);
        expect(tokenizer.tokenStarts(text)).toEqual(starts);
        const inside = starts.every((start, k) => start <= ends[k]! && ends[k]! <= text.length);
        expect(inside && starts.every((start, k) => k === 0 || start >= starts[k - 1]!)).toBe(true);
      }
    }
  });

  test("cuts a limit's tokens off the end, its own tokens counted", () => {
    const llama3 = tokenizers[1]!;
    const all = llama3.encode("one two three four five");
    const cut = llama3.encode("one two three four five", { maxTokens: 3 });
    expect(cut).toMatchObject({ truncated: true, ids: all.ids.slice(0, 3), special: Uint8Array.of(1, 0, 0) });
    expect(all.truncated).toBe(false);
  });

  test("turns tokens into ids and back, and leaves out ids that no token has", () => {
    for (const tokenizer of tokenizers) {
      for (const id of [0, 5, tokenizer.vocabSize - 1]) {
        expect(tokenizer.tokenToId(tokenizer.idToToken(id)!)).toBe(id);
      }
      expect(tokenizer.idToToken(tokenizer.vocabSize)).toBeUndefined();
      expect(tokenizer.decode([tokenizer.vocabSize + 5])).toBe("");
    }
  });

  test("takes a word of a megabyte, a line of one, and texts longer than a chunk with hard places at its ends", () => {
    for (const tokenizer of tokenizers) {
      const out = new IdBuffer();
      tokenizer.encodeInto("x".repeat(1_000_000), out);
      expect(out.length).toBeGreaterThan(0);
      const lines = Array.from({ length: 40 }, (_, i) => `${"word ".repeat(6_500)}${"é".repeat(i)}'s\u0301  \n`);
      const whole = lines.join("");
      out.clear();
      tokenizer.encodeInto(whole, out);
      expect(tokenizer.encode(whole, { specialTokens: false }).ids).toEqual(out.toArray());
    }
  }, 300_000);
});
