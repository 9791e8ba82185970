/** Goal: Unigram needs as many tokens as the Rust library's, give or take a hundredth, on text that neither has seen. */
import { describe, expect, test } from "bun:test";
import { trainTokenizer } from "../../../src/tokenizers/train/train.ts";
import { describeTrainer } from "../../contracts/trainer.ts";
import { defaults, expectCloseCounts, parse, rustIds } from "./reference.ts";

describe("Unigram", () => {
  test("needs the Rust library's count of tokens on held-out text", async () => {
    await expectCloseCounts({ model: "unigram", vocabSize: 3_000 }, 400_000);
  }, 300_000);

  test("scores fall, and a letter that no text had is unknown", async () => {
    const texts = Array.from({ length: 50 }, (_, i) => `the pump ${i} stops and the valve ${i * 7} opens`);
    const { files } = await trainTokenizer(texts, { ...defaults, model: "unigram", vocabSize: 200 });
    const vocab = parse({ files }).model.vocab as [string, number][];
    const scores = vocab.slice(16).map(([, score]) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(scores.every((score) => score < 0)).toBe(true);
    expect((await rustIds(files["tokenizer.json"]!, ["Ж"]))[0]).toContain(1);
  });

  test("letters beyond a quarter of the vocabulary have no token, the rarest first", async () => {
    const letters = Array.from({ length: 400 }, (_, i) => String.fromCodePoint(0x4e00 + i));
    const texts = letters.map((letter, i) => `${letter}ab${letter}`.repeat(400 - i));
    const { files, vocabSize } = await trainTokenizer(texts, { ...defaults, model: "unigram", vocabSize: 416 });
    const vocab = parse({ files }).model.vocab as [string, number][];
    expect(vocab.every(([, score]) => Number.isFinite(score))).toBe(true);
    const tokens = vocab.map(([token]) => token);
    expect(vocabSize).toBeLessThanOrEqual(416);
    expect(tokens).toContain(letters[0]!);
    expect(tokens).not.toContain(letters[399]!);
  });
});

describeTrainer("unigram");
