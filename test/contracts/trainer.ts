/** What every trainer of tokenizers keeps: run by each trainer's own test. */
import { describe, expect, test } from "bun:test";
import { parseTokenizer } from "../../src/tokenizers/load.ts";
import { type TrainProgress, trainTokenizer } from "../../src/tokenizers/train/train.ts";
import { nastyCorpus } from "../tokenizers/nasty-corpus.ts";
import { defaults, parse, rustIds } from "../tokenizers/train/reference.ts";

const sentences = Array.from({ length: 200 }, (_, i) => `Pump ${i} keeps its pressure; valve ${i % 7} closes in time.`);

export function describeTrainer(model: string): void {
  const settings = { ...defaults, model, vocabSize: 420 };

  describe(`every trainer: ${model}`, () => {
    test("writes a tokenizer.json that the Rust library loads, with dense ids below the limit", async () => {
      const { files, vocabSize } = await trainTokenizer([...sentences, ...nastyCorpus(50)], settings);
      const ids = (await rustIds(files["tokenizer.json"]!, [...sentences, "[PAD] and [/VID]"])).flat();
      expect(Math.max(...ids)).toBeLessThan(vocabSize);
      expect(vocabSize).toBeLessThanOrEqual(settings.vocabSize);
      const { vocab } = parse({ files }).model;
      const all = Array.isArray(vocab) ? vocab.map((_, id) => id) : Object.values(vocab as Record<string, number>);
      expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: vocabSize }, (_, id) => id));
    });

    test("writes a tokenizer.json that gives the same ids here and in the Rust library", async () => {
      const texts = [...sentences, ...nastyCorpus(300).map((text) => text.toWellFormed())];
      const { files } = await trainTokenizer(texts, { ...settings, vocabSize: 900 });
      const file = files["tokenizer.json"]!;
      const tokenizer = parseTokenizer(file, "tokenizer.json");
      const unseen = [
        ...nastyCorpus(500)
          .slice(300)
          .map((text) => text.toWellFormed()),
        "[SEP]a [IMG] b",
      ];
      expect(unseen.map((text) => Array.from(tokenizer.encode(text).ids))).toEqual(await rustIds(file, unseen));
    });

    test("gives the fixed tokens their ids, in every file", async () => {
      const { files } = await trainTokenizer(sentences, { ...settings, specialTokens: ["<|user|>"] });
      const ids = await rustIds(files["tokenizer.json"]!, ["[PAD][UNK][BOS][EOS][SEP][IMG][/IMG][AUD][/AUD]<|user|>"]);
      expect(ids[0]!.filter((id) => id < 17)).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 16]);
      expect(JSON.parse(files["special_tokens_map.json"]!)).toMatchObject({ pad_token: "[PAD]", eos_token: "[EOS]" });
      const config = JSON.parse(files["tokenizer_config.json"]!);
      expect(config.added_tokens_decoder["4"].content).toBe("[SEP]");
      expect(config.additional_special_tokens).toContain("<|user|>");
    });

    test("gives the same bytes each time, and the order of texts changes no token", async () => {
      const first = await trainTokenizer(sentences, settings);
      expect(await trainTokenizer(sentences, settings)).toEqual(first);
      const turned = await trainTokenizer(sentences.toReversed(), settings);
      expect(tokensOf(turned)).toEqual(tokensOf(first));
    });

    test("forgets rare words over the limit, and says how many", async () => {
      const trained = await trainTokenizer(sentences, { ...settings, maxWords: 20 });
      expect(trained.words).toBeLessThanOrEqual(20);
      expect(trained.forgotten.words).toBeGreaterThan(0);
      expect(trained.forgotten.occurrences).toBeGreaterThanOrEqual(trained.forgotten.words);
      expect((await trainTokenizer(sentences, settings)).forgotten).toEqual({ words: 0, occurrences: 0 });
    });

    test("says so when there is nothing to learn from, and when the vocabulary has no room", async () => {
      await expect(trainTokenizer(["", ""], settings)).rejects.toMatchObject({ code: "nothing-to-train-on" });
      const all = trainTokenizer(["aa bb cc dd"], { ...settings, maxWords: 3 });
      await expect(all).rejects.toMatchObject({ hint: expect.stringContaining("all 4 words were forgotten") });
      await expect(trainTokenizer(sentences, { ...settings, vocabSize: 16 })).rejects.toMatchObject({ code: "usage" });
    });

    test("stops at a signal, while it reads and while it learns", async () => {
      const aborted = AbortSignal.abort(new Error("stopped"));
      await expect(trainTokenizer(sentences, settings, { signal: aborted })).rejects.toThrow("stopped");
      const controller = new AbortController();
      let learning = 0;
      const onProgress = ({ phase }: TrainProgress) => {
        if (phase === "learn" && ++learning === 1) controller.abort(new Error("stopped"));
      };
      const many = Array.from({ length: 40_000 }, (_, i) => `w${Math.imul(i, 0x9e3779b1).toString(36)}`);
      const large = { ...settings, vocabSize: 100_000, minFrequency: 1 };
      const training = trainTokenizer(many, large, { signal: controller.signal, onProgress });
      await expect(training).rejects.toThrow("stopped");
      expect(learning).toBe(1);
    });
  });
}

function tokensOf({ files }: { files: Record<string, string> }): string[] {
  const { vocab } = parse({ files }).model;
  const tokens = Array.isArray(vocab) ? vocab.map(([token]) => token) : Object.keys(vocab as Record<string, number>);
  return tokens.sort();
}
