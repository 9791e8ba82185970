/** Goal: the perplexity is mlx-lm's, on the same tokens drawn by the same seed; and files of any kind can be measured on. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { openDecoder } from "../../../src/models/load-decoder.ts";
import { evaluationTokens, type TokensRequest } from "../../../src/pipelines/models/evaluation-tokens.ts";
import { measurePerplexity, type PerplexityReport, perplexityOf } from "../../../src/pipelines/models/perplexity.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { mlxLmAdapters, sameLibrary } from "../../support/mlx-lm-adapters.ts";
import { mdp, TempProject } from "../../support/project.ts";
import { tinyModel } from "../../support/tiny-models.ts";

const folder = new TempProject();
const words = ["fox", "number", "jumps", "over", "lazy", "dog", "quick", "brown", "seven", "rivers"];
const sentence = (i: number, count: number) =>
  Array.from({ length: count }, (_, k) => words[(i * 7 + k * 3) % words.length]).join(" ");
const rows = {
  text: Array.from({ length: 40 }, (_, i) => ({ text: sentence(i, 5 + (i % 9)) })),
  completions: Array.from({ length: 30 }, (_, i) => ({ prompt: sentence(i, 4), completion: sentence(i + 1, 6) })),
  chat: Array.from({ length: 30 }, (_, i) => ({
    messages: [
      { role: "user", content: sentence(i, 4) },
      { role: "assistant", content: sentence(i + 2, 6) },
    ],
  })),
};
type Kind = keyof typeof rows;
const cases: { kind: Kind; samples: number; length: number; batch: number; seed: number; adapter?: boolean }[] = [
  { kind: "text", samples: 10, length: 32, batch: 4, seed: 123 },
  { kind: "text", samples: 4, length: 24, batch: 8, seed: 7 },
  { kind: "completions", samples: 6, length: 40, batch: 1, seed: 0 },
  { kind: "chat", samples: 6, length: 40, batch: 6, seed: 1 },
  { kind: "text", samples: 6, length: 32, batch: 4, seed: 123, adapter: true },
];
let model: string;
let answers: { perplexity: number; error: number; ids: number[][] }[];

const request = (more: Partial<TokensRequest>): TokensRequest => ({
  data: folder.path("text.jsonl"),
  modelDir: model,
  eosIds: [2],
  vocabSize: 512,
  sequenceLength: 32,
  numSamples: 8,
  seed: 123,
  ...more,
});

beforeAll(async () => {
  model = await tinyModel("llama");
  for (const [kind, list] of Object.entries(rows)) {
    folder.write(`${kind}.jsonl`, list.map((row) => `${JSON.stringify(row)}\n`).join(""));
  }
  const spec = { fine_tune_type: "lora", num_layers: -1, lora_parameters: { rank: 4, scale: 2, dropout: 0 } };
  await mlxLmAdapters([{ op: "train", model, seed: 1, spec, out: folder.path("adapter") }]);
  answers = await sameLibrary(
    "test/parity/perplexity_reference.py",
    cases.map(({ kind, samples, length, batch, seed, adapter }) => ({
      model,
      adapter: adapter ? folder.path("adapter") : null,
      rows: rows[kind],
      num_samples: samples,
      sequence_length: length,
      batch_size: batch,
      seed,
    })),
  );
}, 300_000);
afterAll(() => folder[Symbol.dispose]());

describe("perplexity", () => {
  test.each(cases.map((one, index) => [JSON.stringify(one), index] as const))("is mlx-lm's: %s", async (_, index) => {
    const { kind, samples, length, batch, seed, adapter } = cases[index]!;
    const data = folder.path(`${kind}.jsonl`);
    const report = await perplexityOf({
      model,
      data,
      adapter: adapter ? folder.path("adapter") : undefined,
      batchSize: batch,
      sequenceLength: length,
      numSamples: samples,
      seed,
    });
    const expected = answers[index]!;
    const drawn = await evaluationTokens(request({ data, sequenceLength: length, numSamples: samples, seed }));
    expect([...drawn.ids]).toEqual(expected.ids.flat());
    // mlx-lm sums in float32, and the matrix products of both round as the machine's cores share them.
    expect(Math.abs(report.perplexity / expected.perplexity - 1)).toBeLessThan(1e-5);
    expect(Math.abs(report.error / expected.error - 1)).toBeLessThan(1e-5);
    expect(report).toMatchObject({ samples, tokens: samples * (length - 1), rejects: 0 });
  });

  test("of a model that knows nothing is the size of its vocabulary, with no error", async () => {
    const logits = ({ ids }: { ids: mx.MlxArray }) => mx.zeros([...ids.shape, 512]);
    const ids = Int32Array.from({ length: 60 }, (_, i) => i * 3);
    const found = await measurePerplexity({ logits }, ids, { sequenceLength: 20, batchSize: 2 });
    expect(found.perplexity).toBeCloseTo(512, 2);
    expect(found.error).toBeLessThan(1e-3);
    expect(found.tokens).toBe(57);
  });

  test("does not depend on how many samples are measured at once, and leaves no memory behind", async () => {
    await expectNoLeaksAsync(async () => {
      using decoder = await openDecoder(model);
      const { ids } = await evaluationTokens(request({}));
      const one = await measurePerplexity(decoder, ids, { sequenceLength: 32, batchSize: 1 });
      const all = await measurePerplexity(decoder, ids, { sequenceLength: 32, batchSize: 64 });
      expect(Math.abs(one.loss - all.loss)).toBeLessThan(1e-6);
    });
  });

  test("stops when it is asked to", async () => {
    using decoder = await openDecoder(model);
    const { ids } = await evaluationTokens(request({}));
    const options = { sequenceLength: 32, batchSize: 1, signal: AbortSignal.abort() };
    await expect(measurePerplexity(decoder, ids, options)).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("tokens to measure on", () => {
  test("come from texts, from a folder's test.jsonl before its other files, and from all of them without it", async () => {
    folder.write("book/one.txt", sentence(1, 300));
    const text = await evaluationTokens(request({ data: folder.path("book") }));
    expect(text.samples).toBe(8);
    folder.write("rows/train.jsonl", '{"text": "quick"}\n'.repeat(50));
    const train = await evaluationTokens(request({ data: folder.path("rows"), numSamples: -1, sequenceLength: 3 }));
    folder.write("rows/test.jsonl", `${JSON.stringify({ text: "seven rivers ".repeat(9) })}\n`);
    const held = await evaluationTokens(request({ data: folder.path("rows"), numSamples: -1, sequenceLength: 3 }));
    expect(held.samples).toBeLessThan(train.samples);
    expect([...held.ids.subarray(0, 6)]).not.toEqual([...train.ids.subarray(0, 6)]);
  });

  test("come from shards, without their padding", async () => {
    folder.write("docs/a.txt", sentence(1, 120));
    folder.write("docs/b.txt", sentence(2, 70));
    const shard = ["shard", "docs", "--out", "shards", "--tokenizer", join(model, "tokenizer.json"), "--pack"];
    expect((await folder.run(...shard, "--seq-len", "64")).code).toBe(0);
    const { ids, samples } = await evaluationTokens(
      request({ data: folder.path("shards"), numSamples: -1, sequenceLength: 16 }),
    );
    // 142 tokens in 3 rows of 64: the filters leave one of the documents.
    expect(samples).toBe(8);
    let zeros = 0;
    for (let i = 1; i < ids.length; i++) if (ids[i] === 0 && ids[i - 1] === 0) zeros++;
    expect(zeros).toBe(0);
  });

  test("leave out rows without a text, and count them", async () => {
    const good = rows.text.map((row) => `${JSON.stringify(row)}\n`).join("");
    folder.write("mixed.jsonl", `${good}not json\n{"title": 1}\n[1]\n\n{"messages": []}\n`);
    const { rejects } = await evaluationTokens(
      request({ data: folder.path("mixed.jsonl"), numSamples: -1, sequenceLength: 8 }),
    );
    expect(rejects).toBe(4);
  });

  test("that the model does not know are an error, and would be memory beyond its embedding", async () => {
    const work = evaluationTokens(request({ vocabSize: 100 }));
    await expect(work).rejects.toMatchObject({
      code: "token-unknown",
      where: expect.stringMatching(/text.jsonl:\d+$/),
    });
  });

  test("too few for one sample are an error that says how many there are", async () => {
    folder.write("short.jsonl", '{"text": "fox"}\n');
    const work = evaluationTokens(request({ data: folder.path("short.jsonl") }));
    await expect(work).rejects.toThrow(/too few for one sequence of 32/);
  });
});

describe("mdp model perplexity", () => {
  const line = (...more: string[]) => ["model", "perplexity", model, ...more];

  test("prints the value with its error, and an object with --json", async () => {
    const sizes = ["--sequence-length", "32", "--num-samples", "10", "--batch-size", "4"];
    const args = line("--data", folder.path("text.jsonl"), ...sizes);
    const text = await mdp(args);
    expect(text.code).toBe(0);
    const { perplexity, error } = answers[0]!;
    const [, value, deviation] = /^perplexity +(\d+\.\d{3}) ± (\d+\.\d{3})\n/.exec(text.stdout) ?? [];
    expect(Number(value)).toBeCloseTo(perplexity, 2);
    expect(Number(deviation)).toBeCloseTo(error, 2);
    const report: PerplexityReport = JSON.parse((await mdp([...args, "--json"])).stdout);
    expect(report.perplexity).toBeCloseTo(perplexity, 2);
  });

  test.each([
    ["without data", [], /needs --data/],
    ["of data that is not there", ["--data", "nowhere"], /no file or folder nowhere/],
    ["with a length of one", ["--data", "x", "--sequence-length", "1"], /whole number from 3/],
  ] as const)("%s is a mistake of the line", async (_, more, message) => {
    const { code, stderr } = await mdp(line(...more));
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
