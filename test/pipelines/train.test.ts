/** Goal: programs train as the command does, hear what happens, and get errors that name the file or setting. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MdpError, UsageError } from "../../src/index.ts";
import type { Metrics } from "../../src/train/metrics.ts";
import { expectNoLeaksAsync } from "../support/leaks.ts";
import { mdp } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";
import { trainOn, writeRows } from "../support/train-data.ts";
import { TempFolder } from "../support/train-runs.ts";

const folder = new TempFolder();
const at = (...names: string[]) => join(folder.path, ...names);
const settings = { iters: 4, batchSize: 2, numLayers: -1, stepsPerReport: 2, stepsPerEval: 2, saveEvery: 2 };
let model: string;
beforeAll(async () => {
  model = await tinyModel("llama");
  writeRows(at("data"));
});
afterAll(() => folder[Symbol.dispose]());

async function failure(work: Promise<unknown>): Promise<MdpError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MdpError);
  return error as MdpError;
}

describe("train", () => {
  test("refuses a second run in a folder that one writes to, and leaves the first its files", async () => {
    const adapterPath = at("busy");
    const run = (onStep: () => unknown = () => {}) =>
      trainOn({ model, data: at("data"), callbacks: { onStep } }, { ...settings, adapterPath });
    let second: Promise<MdpError> | undefined;
    const { report } = await run(() => (second ??= failure(run())));
    const error = await second!;
    expect(error).toMatchObject({ code: "project-locked", where: adapterPath });
    expect(error.message).toContain(`process ${process.pid} (mdp train, since `);
    expect(report.steps).toBe(4);
    expect(existsSync(join(adapterPath, "checkpoints", "0000004"))).toBe(true);
    expect(existsSync(join(adapterPath, ".lock"))).toBe(false);
    expect((await run()).report.steps).toBe(4);
  });

  test("tells its callbacks of every step, report, validation and file, and returns what it did", async () => {
    const heard: string[] = [];
    const notes: string[] = [];
    const { report, metrics } = await trainOn(
      {
        model,
        data: at("data"),
        test: true,
        onNote: (note) => notes.push(note),
        callbacks: {
          onStep: ({ step, iters }) => heard.push(`step ${step} of ${iters}`),
          onTrainReport: ({ step }) => heard.push(`report ${step}`),
          onValidationReport: ({ step }) => heard.push(`validation ${step}`),
          onSave: ({ path }) => heard.push(path.slice(folder.path.length)),
          onTestReport: () => heard.push("test"),
        },
      },
      { ...settings, adapterPath: at("heard") },
    );
    expect(heard).toEqual([
      "validation 0",
      "step 1 of 4",
      "step 2 of 4",
      "report 2",
      "validation 2",
      "/heard/0000002_adapters.safetensors",
      "step 3 of 4",
      "step 4 of 4",
      "report 4",
      "validation 4",
      "/heard/0000004_adapters.safetensors",
      "test",
    ]);
    expect(report).toMatchObject({ steps: 4, stoppedEarly: false, trainedParameters: 16384 });
    expect(report.loss).toBe(metrics.filter(({ kind }) => kind === "train").at(-1)!.loss);
    expect(report.test!.perplexity).toBe(Math.exp(report.test!.loss));
    expect(notes[0]).toMatch(/^Trainable parameters: /);
    expect(notes[1]).toMatch(/^Memory, estimated for 2 rows of 2048 tokens: /);
    expect(readFileSync(at("heard/loss.svg"), "utf8")).toStartWith("<svg ");
  });

  test("counts the numbers of a quantized model, not the words they are packed into", async () => {
    const quantized = await tinyModel("llama", { quantize: { q_bits: 4, q_group_size: 64 } });
    const counts = async (dir: string, adapterPath: string) =>
      (await trainOn({ model: dir, data: at("data") }, { ...settings, iters: 1, adapterPath })).report.parameters;
    expect(await counts(quantized, at("counted-q"))).toBe(await counts(model, at("counted")));
  });

  test("says when its folder holds the checkpoint of an earlier run", async () => {
    const notes: string[] = [];
    const run = { model, data: at("data"), onNote: (note: string) => void notes.push(note) };
    await trainOn(run, { ...settings, adapterPath: at("twice") });
    expect(notes.join()).not.toContain("earlier run");
    await trainOn(run, { ...settings, adapterPath: at("twice") });
    expect(notes.join()).toContain("holds the checkpoint of step 4 of an earlier run, which this run replaces");
  });

  test("says why it ended before its last step, and where the best weights are", async () => {
    const notes: string[] = [];
    const run = { model, data: at("data"), onNote: (note: string) => void notes.push(note) };
    const idle = { learningRate: 0, earlyStopping: 2, stepsPerEval: 1 };
    const { report } = await trainOn(run, { ...settings, ...idle, iters: 9, adapterPath: at("early") });
    expect(report).toMatchObject({ stoppedEarly: true, steps: 3, best: { step: 1 } });
    expect(notes.at(-1)).toBe(
      "Stopped early, after step 3: 2 validations in a row were no better than that of step 1, " +
        `${report.best!.loss.toFixed(3)}, whose weights are in ${at("early/best")}`,
    );
  });

  test.each([
    [{ learningRate: 1e-3 }, true],
    [{ warmup: 2 }, true],
    [{}, false],
    [{ learningRate: 1e-3, optimizerConfig: '{"relative_step": false}' }, false],
    [{ learningRate: 1e-3, optimizer: "adam" }, false],
  ])("says of %j that adafactor follows no such rate: %p", async (changed, said) => {
    const notes: string[] = [];
    const run = { model, data: at("data"), onNote: (note: string) => void notes.push(note) };
    await trainOn(run, { ...settings, iters: 0, optimizer: "adafactor", adapterPath: at("rates"), ...changed });
    expect(notes.some((note) => note.includes("Adafactor follows no learning rate"))).toBe(said);
  });

  test("frees all that it made", async () => {
    await expectNoLeaksAsync(async () => {
      await trainOn({ model, data: at("data"), test: true }, { ...settings, adapterPath: at("freed") });
      await trainOn({ model, data: at("data"), train: false, test: true }, { ...settings, adapterPath: at("freed") });
    });
  });

  test("with all weights and a quantized model is refused, naming the way out", async () => {
    const quantized = await tinyModel("llama", { quantize: { q_bits: 4, q_group_size: 64 } });
    const error = await failure(
      trainOn({ model: quantized, data: at("data") }, { ...settings, fineTuneType: "full", adapterPath: at("q") }),
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error.hint).toContain("lora");
    expect(existsSync(at("q"))).toBe(false);
  });

  test.each([
    [
      "more layers than the model has, by mlx-lm's rules",
      { numLayers: 3, compat: "mlx-lm" },
      "3 layers are to be trained, the model has 2",
    ],
    ["a layer that is none", { loraKeys: ["self_attn.q"] }, "self_attn.q"],
    ["options that the optimizer lacks", { optimizerConfig: '{"momentum":1}' }, "momentum"],
    ["options that are no JSON", { optimizerConfig: "momentum=1" }, "momentum=1"],
    ["a schedule without its numbers", { lrSchedule: "cosine_decay" }, "schedule"],
    ["prompts to mask in texts", { maskPrompt: true }, "mask"],
    ["a start that is not there", { resumeAdapterFile: "none.safetensors" }, "none.safetensors"],
  ])("refuses %s", async (_, changed, message) => {
    const error = await failure(
      trainOn({ model, data: at("data") }, { ...settings, adapterPath: at("refused"), ...changed }),
    );
    expect(error.message.toLowerCase()).toContain(message.toLowerCase());
  });

  test("trains all layers of a model with fewer than there should be", async () => {
    await trainOn({ model, data: at("data") }, { ...settings, numLayers: 16, adapterPath: at("all") });
    expect(await Bun.file(at("all/adapter_config.json")).json()).toMatchObject({ num_layers: 2 });
  });

  test("refuses to begin with an adapter of another rank", async () => {
    await trainOn({ model, data: at("data") }, { ...settings, adapterPath: at("rank8") });
    const resumeAdapterFile = at("rank8/adapters.safetensors");
    const error = await failure(
      trainOn({ model, data: at("data") }, { ...settings, loraRank: 4, resumeAdapterFile, adapterPath: at("rank4") }),
    );
    expect(error).toMatchObject({ code: "adapter-mismatch", where: resumeAdapterFile });
  });

  test("names the line of a row that cannot be used", async () => {
    writeRows(at("bad"));
    await Bun.write(at("bad/train.jsonl"), '{"text": "fine"}\n{"text": 5}\n');
    const error = await failure(trainOn({ model, data: at("bad") }, { ...settings, adapterPath: at("b") }));
    expect(error.where).toBe(at("bad/train.jsonl:2"));
  });

  test.each(["mdp", "mlx-lm"])(
    "does not go on with rows of the same size that were changed, by the rules of %s",
    async (compat) => {
      const dir = at(`changed-${compat}`);
      const own = { ...settings, compat, adapterPath: join(dir, "adapter") };
      writeRows(dir);
      await trainOn({ model, data: dir }, { ...own, iters: 2 });
      const goOn = (data: string) => trainOn({ model, data, resume: true }, own);
      for (const name of ["train.jsonl", "valid.jsonl"]) {
        const path = join(dir, name);
        const before = readFileSync(path, "utf8");
        await Bun.write(path, before.replace("quick brown", "brown quick"));
        expect(await failure(goOn(dir))).toMatchObject({
          code: "other-data",
          message: `${name} is not the same as when the checkpoint was made`,
          where: path,
        });
        await Bun.write(path, before);
      }
      await Bun.file(join(dir, "valid.jsonl")).delete();
      expect((await failure(goOn(dir))).message).toBe(
        "valid.jsonl is gone, which was there when the checkpoint was made",
      );
      const moved = writeRows(at(`moved-${compat}`));
      expect((await goOn(moved)).report.steps).toBe(4);
    },
  );

  test("reads packed shards with their segments, and resumes within them as if it had not stopped", async () => {
    const args = [
      "--tokenizer",
      model,
      "--pack",
      "--seq-len",
      "64",
      "--preset",
      "none",
      "--splits",
      "train=0.8,val=0.2",
    ];
    expect((await mdp(["shard", at("data/train.jsonl"), "--out", at("shards"), ...args])).code).toBe(0);
    const packed = { ...settings, iters: 12, learningRate: 1e-3 };
    const run = { model, data: at("shards") };
    const notes: string[] = [];
    const onNote = (note: string) => void notes.push(note);
    const whole = await trainOn({ ...run, onNote }, { ...packed, adapterPath: at("packed") });
    expect(notes.join("\n")).toContain("Memory, estimated for 2 rows of 64 tokens: ");
    const losses = (metrics: readonly Metrics[]) => metrics.map(({ kind, step, loss }) => ({ kind, step, loss }));
    const train = losses(whole.metrics).filter(({ kind }) => kind === "train");
    expect(train.at(-1)!.loss).toBeLessThan(train[0]!.loss);
    const controller = new AbortController();
    const callbacks = { onStep: ({ step }: { step: number }) => void (step === 5 && controller.abort()) };
    const stopped = trainOn({ ...run, signal: controller.signal, callbacks }, { ...packed, adapterPath: at("again") });
    expect((await failure(stopped)).code).toBe("interrupted");
    const again = await trainOn({ ...run, resume: true }, { ...packed, adapterPath: at("again") });
    expect(losses(again.metrics)).toEqual(losses(whole.metrics));
  });

  test("with nothing to test ends before it trains", async () => {
    writeRows(at("untested"));
    await Bun.file(at("untested/test.jsonl")).delete();
    const run = { model, data: at("untested"), test: true };
    const error = await failure(trainOn(run, { ...settings, adapterPath: at("u") }));
    expect(error).toMatchObject({ code: "no-test-data", where: at("untested") });
    expect(existsSync(at("u"))).toBe(false);
  });

  test.each([
    ["rows", 25],
    ["batches", 0],
  ])("without validation %s just trains", async (kind, valBatches) => {
    writeRows(at(kind));
    if (kind === "rows") await Bun.file(at("rows/valid.jsonl")).delete();
    const { metrics } = await trainOn({ model, data: at(kind) }, { ...settings, valBatches, adapterPath: at("o") });
    expect(metrics.map(({ kind, step }) => [kind, step])).toEqual([
      ["train", 2],
      ["train", 4],
    ]);
  });
});
