/** Goal: training teaches a domain that the model cannot know, and its folder is a model like any other. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { openEmbedder } from "../../src/embed/embedder.ts";
import { disposeAll, loadSafetensors, tidy } from "../../src/mlx/index.ts";
import { readModelFolder } from "../../src/models/folder.ts";
import { loadArchitecture } from "../../src/models/index.ts";
import { loadParams } from "../../src/models/load.ts";
import { saveEncoder } from "../../src/models/save-encoder.ts";
import { type TrainContrastiveRequest, trainContrastive } from "../../src/pipelines/train-contrastive.ts";
import { ContrastiveSettings } from "../../src/train/contrastive/config.ts";
import { expectNoLeaksAsync } from "../support/leaks.ts";
import { madeUpDomain } from "../support/made-up-domain.ts";
import { MODEL_DIR } from "../support/peers.ts";

const folder = mkdtempSync(join(tmpdir(), "mdp-contrastive-"));
afterAll(() => rmSync(folder, { recursive: true }));
const pairs = join(folder, "pairs.jsonl");
beforeAll(() =>
  writeFileSync(
    pairs,
    madeUpDomain()
      .map((row) => JSON.stringify(row))
      .join("\n"),
  ),
);

const requestFor = (out: string, settings: Partial<ContrastiveSettings> = {}): TrainContrastiveRequest => ({
  model: MODEL_DIR,
  data: pairs,
  out: join(folder, out),
  settings: v.parse(ContrastiveSettings, { holdOut: 0.25, ...settings }),
  signal: new AbortController().signal,
});

describe("two epochs on a made-up domain", () => {
  const out = join(folder, "trained");
  const steps: number[] = [];

  test("raise retrieval of rows that were held out, and free what they held", async () => {
    await expectNoLeaksAsync(async () => {
      const report = await trainContrastive({
        ...requestFor("trained", { epochs: 2, batchSize: 18, learningRate: 3e-4, seed: 1 }),
        onStep: ({ step }) => steps.push(step),
      });
      expect(report).toMatchObject({ rows: 54, heldOut: 18, rejects: 0, steps: 6 });
      expect(report.before!.mrr).toBeLessThan(0.3);
      expect(report.after!.mrr).toBeGreaterThan(report.before!.mrr + 0.4);
      expect(report.after!.recallAt1).toBeGreaterThan(report.before!.recallAt1 + 0.3);
    });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("leave a folder that embeds: an unseen question is nearest to its answer", async () => {
    using embedder = await openEmbedder({ model: out } as Parameters<typeof openEmbedder>[0]);
    const answers = ["the oil pump", "the third bell"].map(
      (thing) => `${thing} is painted with two coats on a dry day.`,
    );
    const { vectors, dimension } = await embedder.embed(["noddle the rundle", ...answers], "document");
    const row = (index: number) => vectors.subarray(index * dimension, (index + 1) * dimension);
    const cosine = (index: number) => row(0).reduce((sum, value, i) => sum + value * row(index)[i]!, 0);
    expect(cosine(1)).toBeGreaterThan(cosine(2) + 0.1);
  });

  test("keep the names and types of the original's weights, and its other files", () => {
    const described = (path: string) =>
      tidy(() => [...loadSafetensors(path).tensors].map(([name, x]) => `${name} ${x.dtype} ${x.shape}`).sort());
    expect(described(join(out, "model.safetensors"))).toEqual(described(join(MODEL_DIR, "model.safetensors")));
    for (const name of ["config.json", "tokenizer.json", "modules.json", "1_Pooling"]) {
      expect(existsSync(join(out, name))).toBe(true);
    }
    expect(existsSync(join(out, "README.md"))).toBe(false);
  });
});

test("an encoder that is saved untrained is the original, bit for bit", async () => {
  const original = await readModelFolder(MODEL_DIR, "all-MiniLM-L6-v2");
  const encoder = (await loadArchitecture(original.modelType, original.configPath))(
    original.config,
    original.configPath,
  );
  const params = loadParams(encoder, original.weightFiles);
  const out = join(folder, "copy");
  await saveEncoder(original, encoder, params, out);
  disposeAll(params);
  const bytes = (path: string) =>
    tidy(() => new Map([...loadSafetensors(path).tensors].map(([name, x]) => [name, Bun.hash(x.toBytes())])));
  expect(bytes(join(out, "model.safetensors"))).toEqual(bytes(original.weightFiles[0]!));
  expect(await readModelFolder(out, "copy")).toMatchObject({
    pooling: original.pooling,
    normalize: original.normalize,
    maxTokens: original.maxTokens,
    queryPrefix: original.queryPrefix,
  });
});

test("an output that is there is refused before anything is read", async () => {
  const request = { ...requestFor("."), data: join(folder, "none") };
  await expect(trainContrastive(request)).rejects.toMatchObject({ code: "exists" });
});

test("a file with one row is refused, and what is wrong with the others is said", async () => {
  const data = join(folder, "few.jsonl");
  writeFileSync(data, '{"anchor": "a", "positive": "b"}\n{"anchor": "c"}\n');
  await expect(trainContrastive({ ...requestFor("few", { holdOut: 0 }), data })).rejects.toThrow(
    '1 rows are left to train on, and two are needed; 1 lines are no rows, first: the row has neither "positive"',
  );
});

test.each([
  ["in a step", 2, "the loss of step 2 is NaN"],
  ["in the last step", 54, "after step 1 some weights are no numbers"],
])("a run that loses its way %s is an error, and saves nothing", async (_, batchSize, message) => {
  const settings = { batchSize, learningRate: 1e38, warmup: 0, maxGradNorm: 0, holdOut: 0.25 };
  const error = await trainContrastive(requestFor("lost", settings)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "loss-not-finite", message });
  expect(existsSync(join(folder, "lost"))).toBe(false);
});

test("an interrupted run leaves nothing", async () => {
  const controller = new AbortController();
  const run = trainContrastive({
    ...requestFor("interrupted", { batchSize: 2, holdOut: 0 }),
    signal: controller.signal,
    onStep: () => controller.abort(),
  });
  await expect(run).rejects.toThrow("interrupted");
  expect(readdirSync(folder).filter((name) => name.startsWith("interrupted"))).toEqual([]);
});
