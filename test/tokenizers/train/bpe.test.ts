/** Goal: byte-level BPE learns the merges of the Rust library, and writes a file that it loads. */
import { beforeAll, describe, expect, test } from "bun:test";
import { parseTokenizer } from "../../../src/tokenizers/load.ts";
import { trainTokenizer } from "../../../src/tokenizers/train/train.ts";
import { describeTrainer } from "../../contracts/trainer.ts";
import { defaults, localTexts, parse, rustIds, trainBoth } from "./reference.ts";

let texts: string[];

beforeAll(async () => {
  texts = await localTexts();
});

describe("byte-level BPE", () => {
  test.each([
    ["GPT-2's words", { vocabSize: 6_000 }],
    ["Llama 3's words", { vocabSize: 6_000, pattern: "llama3" }],
    ["every pair until none is left", { vocabSize: 200_000, minFrequency: 0 }],
    ["frequent pairs only", { vocabSize: 200_000, minFrequency: 7 }],
  ] as const)(
    "%s give the file that the Rust library writes, and merges in its order",
    async (_, change) => {
      const { ours, theirs } = await trainBoth(texts, change);
      expect(ours.model.merges.length).toBeGreaterThan(2_000);
      expect(ours.model.merges).toEqual(theirs.model.merges);
      expect(ours).toEqual(theirs);
    },
    60_000,
  );

  test("different ways to the same token are counted as the Rust library counts them", async () => {
    // "abc" is made of "ab" and "c" and of "a" and "bc"; runs of one letter overlap themselves.
    const tricky = ["abc abc ab ab bc bc bc aaaa aaaaa abcabc", "bcbc aab aaab cabc abcc cababc aaaaaaaa", "abab abab"];
    for (const vocabSize of [275, 280, 290, 300, 400]) {
      const { ours, theirs } = await trainBoth(tricky, { vocabSize, minFrequency: 1 });
      expect(ours.model.merges).toEqual(theirs.model.merges);
    }
  });

  test("Llama 3's words give the same ids here and in the Rust library", async () => {
    const lines = texts.slice(-400);
    const { files } = await trainTokenizer(texts.slice(0, 200), { ...defaults, vocabSize: 2_000, pattern: "llama3" });
    const tokenizer = parseTokenizer(files["tokenizer.json"]!, "tokenizer.json");
    const ours = lines.map((text) => Array.from(tokenizer.encode(text).ids));
    expect(ours).toEqual(await rustIds(files["tokenizer.json"]!, lines));
  });

  test("the first ids are the fixed tokens, then the user's, then bytes", async () => {
    const trained = await trainTokenizer(["text"], { ...defaults, vocabSize: 300, specialTokens: ["<|user|>"] });
    const { added_tokens } = parse(trained);
    expect(added_tokens.map(({ id, content }) => `${id} ${content}`)).toEqual([
      "0 [PAD]",
      "1 [UNK]",
      "2 [BOS]",
      "3 [EOS]",
      "4 [SEP]",
      "5 [UNUSED5]",
      "6 [UNUSED6]",
      "7 [UNUSED7]",
      "8 [UNUSED8]",
      "9 [UNUSED9]",
      "10 [IMG]",
      "11 [/IMG]",
      "12 [AUD]",
      "13 [/AUD]",
      "14 [VID]",
      "15 [/VID]",
      "16 <|user|>",
    ]);
    expect(await rustIds(trained.files["tokenizer.json"]!, ["[IMG]!<|user|>"])).toEqual([[10, 17, 16]]);
  });
});

describeTrainer("bpe");
