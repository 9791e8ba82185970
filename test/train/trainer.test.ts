/** Goal: a run can stop anywhere and go on as if it had not, says what goes wrong, and keeps what was good. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../src/core/errors.ts";
import * as mx from "../../src/mlx/index.ts";
import { readMetrics } from "../../src/train/metrics.ts";
import { expectNoLeaksAsync } from "../support/leaks.ts";
import { madeUpBatch, TempFolder, type TinyRun, trainTiny } from "../support/train-runs.ts";

/** The trained arrays as a file, and the metrics without what depends on the clock. */
function outcomeOf({ path }: TempFolder) {
  const metrics = readMetrics(join(path, "metrics.jsonl")).map((entry) => {
    const { kind, step, loss } = entry;
    return entry.kind === "train"
      ? { kind, step, loss, tokens: entry.trained_tokens, rate: entry.learning_rate }
      : { kind, step, loss };
  });
  return { adapter: readFileSync(join(path, "adapters.safetensors")).toString("base64"), metrics };
}

async function failure(work: Promise<unknown>): Promise<MdpError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MdpError);
  return error as MdpError;
}

/** Stops at a step as Ctrl-C does, then goes on. */
async function interrupted(step: number, settings: TinyRun["settings"]): Promise<ReturnType<typeof outcomeOf>> {
  using folder = new TempFolder();
  const controller = new AbortController();
  const callbacks = { onStep: (done: { step: number }) => void (done.step === step && controller.abort()) };
  const run = { adapterPath: folder.path, ...(settings ? { settings } : {}) };
  expect((await failure(trainTiny({ ...run, signal: controller.signal, callbacks }))).code).toBe("interrupted");
  await trainTiny({ ...run, resume: true });
  return outcomeOf(folder);
}

describe("a run that was interrupted and resumed", () => {
  test.each([
    ["with LoRA and dropout", { loraDropout: 0.2 }],
    ["within accumulated batches", { gradAccumulationSteps: 4 }],
    ["in mlx-lm's mode, within accumulated batches", { gradAccumulationSteps: 4, compat: "mlx-lm" as const }],
    [
      "with DoRA, AdamW and a schedule",
      {
        fineTuneType: "dora" as const,
        optimizer: "adamw" as const,
        lrSchedule: "cosine_decay" as const,
        lrScheduleArguments: [0.01, 10],
        warmup: 2,
      },
    ],
    ["between reports and with all weights", { fineTuneType: "full" as const, stepsPerReport: 4, learningRate: 1e-3 }],
  ])("equals one that was not, bit for bit, %s", async (_, settings) => {
    using whole = new TempFolder();
    await trainTiny({ adapterPath: whole.path, settings });
    const expected = outcomeOf(whole);
    for (const step of [1, 3, 5]) expect(await interrupted(step, settings)).toEqual(expected);
  });

  test("drops the metrics after its checkpoint, and the line that was cut off", async () => {
    using whole = new TempFolder();
    await trainTiny({ adapterPath: whole.path, settings: { iters: 4 } });
    const before = outcomeOf(whole);
    const file = join(whole.path, "metrics.jsonl");
    await Bun.write(file, `${readFileSync(file, "utf8")}{"kind":"train","step":5,"loss":1}\n{"kind":"tr`);
    await trainTiny({ adapterPath: whole.path, settings: { iters: 4 }, resume: true });
    expect(outcomeOf(whole)).toEqual(before);
  });
});

describe("training", () => {
  test("goes the same way however often it is evaluated", async () => {
    using often = new TempFolder();
    using never = new TempFolder();
    await trainTiny({ adapterPath: often.path, settings: { stepsPerEval: 1 } });
    await trainTiny({ adapterPath: never.path, validation: false });
    expect(outcomeOf(often).adapter).toBe(outcomeOf(never).adapter);
  });

  test("with checkpoints of layers gives the same losses, dropout included", async () => {
    using plain = new TempFolder();
    using thrifty = new TempFolder();
    await trainTiny({ adapterPath: plain.path, settings: { loraDropout: 0.3 } });
    await trainTiny({ adapterPath: thrifty.path, settings: { loraDropout: 0.3, gradCheckpoint: true } });
    const losses = (folder: TempFolder) => outcomeOf(folder).metrics.map(({ loss }) => loss);
    for (const [i, loss] of losses(plain).entries()) expect(losses(thrifty)[i]).toBeCloseTo(loss, 5);
  });

  test("on accumulated batches moves as on one batch of all their rows, each token weighing the same", async () => {
    using apart = new TempFolder();
    using together = new TempFolder();
    const rows = [1, 2, 3, 4].map((number) => madeUpBatch(number, 1));
    const joined = {
      ...madeUpBatch(1, 4),
      ids: Int32Array.from(rows.flatMap(({ ids }) => [...ids])),
      targets: Uint8Array.from(rows.flatMap(({ targets }) => [...targets])),
    };
    const settings = { optimizer: "sgd" as const, fineTuneType: "full" as const };
    await trainTiny({
      adapterPath: apart.path,
      settings: { ...settings, iters: 4, gradAccumulationSteps: 4 },
      batch: (number) => rows[number]!,
    });
    await trainTiny({ adapterPath: together.path, settings: { ...settings, iters: 1 }, batch: () => joined });
    mx.tidy(() => {
      const [a, b] = [apart, together].map(
        ({ path }) => mx.loadSafetensors(join(path, "adapters.safetensors")).tensors,
      );
      expect(a!.size).toBeGreaterThan(0);
      for (const [path, array] of a!) expect(mx.allclose(array, b!.get(path)!, { atol: 1e-6 }).item()).toBe(true);
    });
  });

  test("reports and validates by token, not by batch", async () => {
    using folder = new TempFolder();
    const settings = { iters: 3, learningRate: 0, stepsPerReport: 3 };
    await trainTiny({ adapterPath: folder.path, settings, validation: () => [0, 1, 2].map((n) => madeUpBatch(n)) });
    const losses = outcomeOf(folder).metrics.map(({ loss }) => loss);
    expect(losses).toHaveLength(3);
    // Nothing moves, so the mean over the training tokens is that over the same validation tokens.
    expect(losses[1]!).toBeCloseTo(losses[0]!, 6);
  });

  test("stops at a loss that is not finite, naming step and rows, and keeps the checkpoint before", async () => {
    using folder = new TempFolder();
    const settings = { learningRate: 1e30, optimizer: "sgd" as const, saveEvery: 1, fineTuneType: "full" as const };
    const error = await failure(trainTiny({ adapterPath: folder.path, settings, validation: false }));
    expect(error.code).toBe("loss-not-finite");
    const step = Number(/step (\d+)/.exec(error.message)?.[1]);
    expect(error.where).toBe(`made-up.jsonl:${2 * step - 1}, made-up.jsonl:${2 * step}`);
    expect(error.hint).toContain(`checkpoint of step ${step - 1} is kept`);
    expect(readdirSync(join(folder.path, "checkpoints"))).toEqual([String(step - 1).padStart(7, "0")]);
  });

  test("refuses a batch in which nothing counts, naming its rows", async () => {
    using folder = new TempFolder();
    const batch = (number: number) => ({ ...madeUpBatch(number), targets: new Uint8Array(32) });
    const error = await failure(trainTiny({ adapterPath: folder.path, batch, validation: false }));
    expect(error).toMatchObject({ code: "fully-masked", where: "made-up.jsonl:1, made-up.jsonl:2" });
  });

  test("clips gradients: with plain steps no array moves further than the rate times the limit", async () => {
    using folder = new TempFolder();
    using start = new TempFolder();
    const settings = { optimizer: "sgd" as const, fineTuneType: "full" as const, iters: 1, learningRate: 1 };
    await trainTiny({ adapterPath: start.path, settings: { ...settings, learningRate: 0 } });
    await trainTiny({ adapterPath: folder.path, settings: { ...settings, maxGradNorm: 0.01 } });
    mx.tidy(() => {
      const [a, b] = [start, folder].map(({ path }) => mx.loadSafetensors(join(path, "adapters.safetensors")).tensors);
      let squares = 0;
      for (const [path, array] of a!) squares += Number(mx.sum(mx.square(mx.subtract(array, b!.get(path)!))).item());
      expect(Math.sqrt(squares)).toBeCloseTo(0.01, 4);
    });
  });
});

describe("the best weights", () => {
  test("are kept beside the last, and validations without a better loss end the run", async () => {
    using folder = new TempFolder();
    // A rate that first helps and then destroys.
    const settings = {
      iters: 12,
      stepsPerEval: 1,
      earlyStopping: 3,
      optimizer: "sgd" as const,
      lrSchedule: "exponential_decay" as const,
      lrScheduleArguments: [0.05, 3],
    };
    const same = () => [madeUpBatch(0)];
    const result = await trainTiny({
      adapterPath: folder.path,
      settings,
      batch: () => madeUpBatch(0),
      validation: same,
    });
    const losses = outcomeOf(folder).metrics.filter(({ kind, step }) => kind === "val" && step > 0);
    const least = losses.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(result).toMatchObject({
      stoppedEarly: true,
      steps: least.step + 3,
      best: { step: least.step, loss: least.loss },
    });
    const [best, last] = ["best/adapters.safetensors", "adapters.safetensors"].map((name) =>
      readFileSync(join(folder.path, name)),
    );
    expect(best!.equals(last!)).toBe(false);
    expect(existsSync(join(folder.path, "best/adapter_config.json"))).toBe(true);
  });
});

test("a validation whose loss is no number is never the best, and leaves a checkpoint that can be gone on from", async () => {
  using folder = new TempFolder();
  const run = { adapterPath: folder.path, validation: () => [] };
  expect((await trainTiny({ ...run, settings: { iters: 4 } })).best).toBeUndefined();
  expect(await trainTiny({ ...run, resume: true, settings: { iters: 6 } })).toMatchObject({
    steps: 6,
    best: undefined,
  });
  const early = { iters: 9, stepsPerEval: 1, earlyStopping: 2 };
  expect(await trainTiny({ ...run, settings: early })).toMatchObject({ steps: 2, stoppedEarly: true });
});

describe("native memory", () => {
  test("is free after a run, also after one that failed", async () => {
    using folder = new TempFolder();
    const bad = (number: number) => ({ ...madeUpBatch(number), targets: new Uint8Array(32) });
    await expectNoLeaksAsync(async () => {
      await trainTiny({
        adapterPath: folder.path,
        settings: { gradCheckpoint: true, gradAccumulationSteps: 2, loraDropout: 0.1 },
      });
      await trainTiny({ adapterPath: folder.path, resume: true, settings: { iters: 8 } });
      await failure(trainTiny({ adapterPath: folder.path, batch: bad, validation: false }));
    });
  });

  test("stays the same over 300 steps", async () => {
    using folder = new TempFolder();
    const held: number[] = [];
    await trainTiny({
      adapterPath: folder.path,
      settings: { iters: 300, saveEvery: 100, stepsPerEval: 100, stepsPerReport: 100 },
      callbacks: { onStep: () => void held.push(mx.activeMemory()) },
    });
    expect(Math.max(...held.slice(20))).toBeLessThanOrEqual(Math.max(...held.slice(0, 20)));
  });
});
