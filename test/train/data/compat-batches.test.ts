/** Goal: in mlx-lm's mode the batches, their targets and their order are those of mlx-lm's own loader. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainSettings } from "../../../src/train/config.ts";
import type { TrainBatch } from "../../../src/train/data/batch.ts";
import { openTrainData } from "../../../src/train/data/index.ts";
import { sameLibrary } from "../../support/mlx-lm-adapters.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import { dataOptions, writeRows } from "../../support/train-data.ts";
import { TempFolder } from "../../support/train-runs.ts";

interface Shown {
  ids: number[][];
  targets: number[][];
}

type Draw = ["train" | "valid", number];

interface Case {
  data: "text" | "completions" | "chat" | "tools" | "uneven";
  settings?: Partial<TrainSettings>;
  rank?: number;
  world?: number;
  draws?: Draw[];
}

/** Two epochs of 16 batches, with validations between that move the order of the second. */
const twoEpochs: Draw[] = [
  ["train", 1],
  ["valid", -1],
  ["train", 9],
  ["valid", 2],
  ["valid", 0],
  ["train", 22],
  ["valid", -1],
];

const cases: Record<string, Case> = {
  text: { data: "text" },
  "another seed": { data: "text", settings: { seed: 2 ** 32 - 1 } },
  "text that is cut": { data: "text", settings: { maxSeqLength: 20 } },
  "text of which one row is cut to its last token": { data: "text", settings: { maxSeqLength: 33 } },
  completions: { data: "completions" },
  "completions without their prompts": { data: "completions", settings: { maskPrompt: true } },
  chat: { data: "chat" },
  "chat without its prompts": { data: "chat", settings: { maskPrompt: true } },
  "chat with tools, without its prompts": { data: "tools", settings: { maskPrompt: true } },
  "prompts that fill the row": { data: "chat", settings: { maskPrompt: true, maxSeqLength: 12 } },
  "rows with more and fewer keys, which mlx-lm sorts by": { data: "uneven" },
  "batches of 5, of which the tail is dropped": { data: "text", settings: { batchSize: 5 } },
  "the second of two processes": { data: "text", rank: 1, world: 2 },
};

let folder: TempFolder;
let model: string;
const answers = new Map<string, Shown[]>();

beforeAll(async () => {
  folder = new TempFolder();
  model = await tinyModel("llama");
  for (const kind of ["text", "completions", "chat", "tools"] as const) writeRows(join(folder.path, kind), kind, 1);
  writeUneven(join(folder.path, "uneven"));
  const found = await sameLibrary<{ batches: Shown[] }>(
    "test/parity/train_data_reference.py",
    Object.values(cases).map(({ data, settings = {}, rank = 0, world = 1, draws = twoEpochs }) => ({
      model,
      dir: join(folder.path, data),
      settings: { mask_prompt: settings.maskPrompt ?? false },
      batch_size: settings.batchSize ?? 4,
      max_seq_length: settings.maxSeqLength ?? 2048,
      seed: settings.seed ?? 0,
      rank,
      world,
      draws,
    })),
  );
  for (const [index, name] of Object.keys(cases).entries()) answers.set(name, found[index]!.batches);
}, 300_000);
afterAll(() => folder[Symbol.dispose]());

describe("mlx-lm makes the same batches of", () => {
  test.each(Object.keys(cases))("%s", async (name) => {
    const { data, settings = {}, rank = 0, world = 1, draws = twoEpochs } = cases[name]!;
    const options = await dataOptions(model, join(folder.path, data), { compat: "mlx-lm", ...settings });
    using opened = await openTrainData({ ...options, rank, world });
    using source = await opened.training();
    const batches: Shown[] = [];
    for (const [split, count] of draws) {
      if (split === "train") for (let i = 0; i < count; i++) batches.push(shown(await source.next()));
      else for await (const batch of opened.validation!.batches(count)) batches.push(shown(batch));
    }
    expect(batches.length).toBeGreaterThan(30);
    expect(batches).toEqual(answers.get(name)!.map(({ ids, targets }) => ({ ids, targets })));
  });
});

test("a run that goes on from a state takes the batches, and draws the validations, of one that was never stopped", async () => {
  const options = await dataOptions(model, join(folder.path, "text"), { compat: "mlx-lm" });
  using whole = await openTrainData(options);
  using source = await whole.training();
  const evaluate = async (data: typeof whole) => {
    const found: Shown[] = [];
    for await (const batch of data.validation!.batches(2)) found.push(shown(batch));
    return found;
  };
  for (let taken = 0; taken < 40; taken++) {
    if (taken % 7 === 3) await evaluate(whole);
    if (![0, 15, 16, 23].includes(taken)) {
      await source.next();
      continue;
    }
    const state = JSON.parse(JSON.stringify(source.state()));
    using again = await openTrainData(options);
    using rest = await again.training(state);
    const resumed = [shown(await rest.next()), ...(await evaluate(again))];
    const expected = [shown(await source.next()), ...(await evaluate(whole))];
    expect(resumed).toEqual(expected);
  }
});

test("fewer rows than a batch, and a batch that processes cannot share, are refused", async () => {
  const large = await dataOptions(model, join(folder.path, "text"), { compat: "mlx-lm", batchSize: 17 });
  await expect(openTrainData(large)).rejects.toMatchObject({
    code: "too-few-rows",
    where: expect.stringMatching(/valid\.jsonl:1$/),
  });
  const odd = await dataOptions(model, join(folder.path, "text"), { compat: "mlx-lm", batchSize: 5 });
  await expect(openTrainData({ ...odd, world: 2 })).rejects.toMatchObject({ code: "usage" });
});

function shown({ rows, length, ids, targets }: TrainBatch): Shown {
  const cut = (all: ArrayLike<number>, width: number) =>
    Array.from({ length: rows }, (_, row) => Array.from(all).slice(row * width, (row + 1) * width));
  return { ids: cut(ids, length), targets: cut(targets, length - 1) };
}

function writeUneven(path: string): void {
  mkdirSync(path);
  for (const name of ["train", "valid"]) {
    const rows = Array.from({ length: 65 }, (_, i) => ({
      text: "fox ".repeat(1 + (i % 9)),
      ...(i % 3 ? {} : { id: i }),
    }));
    writeFileSync(join(path, `${name}.jsonl`), rows.map((row) => JSON.stringify(row)).join("\n"));
  }
}
