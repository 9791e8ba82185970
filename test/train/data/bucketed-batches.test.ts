/** Goal: by mdp's rules every row is learned once an epoch, with little padding, in an order that survives anything. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatInput } from "../../../src/tokenizers/chat-template.ts";
import { openChatTemplate } from "../../../src/tokenizers/chat-template-files.ts";
import { openTokenizer } from "../../../src/tokenizers/open.ts";
import type { TrainSettings } from "../../../src/train/config.ts";
import type { BatchSource, TrainBatch } from "../../../src/train/data/batch.ts";
import { openTrainData } from "../../../src/train/data/index.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import { dataOptions } from "../../support/train-data.ts";
import { TempFolder } from "../../support/train-runs.ts";

let folder: TempFolder;
let model: string;
beforeAll(async () => {
  folder = new TempFolder();
  model = await tinyModel("llama");
});
afterAll(() => folder[Symbol.dispose]());

let made = 0;
/** Rows of 2 to 61 words of one token each, in no order of length. */
function writeTexts(rows: number, wordsOf = (i: number) => 2 + ((i * 37) % 60)): string {
  const dir = join(folder.path, String(made++));
  mkdirSync(dir);
  const lines = Array.from({ length: rows }, (_, i) => JSON.stringify({ text: "fox ".repeat(wordsOf(i)).trim() }));
  for (const name of ["train", "valid"]) writeFileSync(join(dir, `${name}.jsonl`), lines.join("\n"));
  return dir;
}

function folderOf(...rows: unknown[]): string {
  const dir = join(folder.path, String(made++));
  mkdirSync(dir);
  writeFileSync(join(dir, "train.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  return dir;
}

async function open(dir: string, settings: Partial<TrainSettings> = {}, rank = 0, world = 1) {
  return await openTrainData({ ...(await dataOptions(model, dir, settings)), rank, world });
}

const linesOf = (batch: TrainBatch) =>
  Array.from({ length: batch.rows }, (_, row) => Number(batch.where(row).split(":").at(-1)));

async function take(source: BatchSource, count: number): Promise<TrainBatch[]> {
  const batches: TrainBatch[] = [];
  for (let i = 0; i < count; i++) batches.push(await source.next());
  return batches;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("an epoch", () => {
  test("has every row once, those that fill no batch too, and the next has them in another order", async () => {
    using opened = await open(writeTexts(303), { batchSize: 4 });
    using source = await opened.training();
    const [first, second] = [await take(source, 75), await take(source, 75)];
    const orders = [first, second].map((batches) => batches.flatMap(linesOf));
    for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual(numbers(303));
    expect(orders[0]).not.toEqual(orders[1]!);
    expect(first.filter(({ rows }) => rows === 5)).toHaveLength(3);
    expect(first.every(({ rows }) => rows === 4 || rows === 5)).toBe(true);
  });

  test("pads less than half of what neighbours of the file need, yet short and long batches alternate", async () => {
    const dir = writeTexts(400);
    const padding = async (compat: "mdp" | "mlx-lm") => {
      using opened = await open(dir, { batchSize: 4, compat });
      using source = await opened.training();
      const batches = await take(source, 100);
      const cells = batches.reduce((sum, { ids }) => sum + ids.length, 0);
      const real = batches.reduce((sum, { ids }) => sum + ids.reduce((all, id) => all + (id === 0 ? 0 : 1), 0), 0);
      return { share: (cells - real) / cells, widths: batches.map(({ length }) => length) };
    };
    const [ours, theirs] = [await padding("mdp"), await padding("mlx-lm")];
    expect(ours.share).toBeLessThan(theirs.share * 0.75);
    const turns = ours.widths.filter((width, i) => i > 0 && width !== ours.widths[i - 1]).length;
    expect(turns).toBeGreaterThan(25);
  });

  test("counts all targets of the rows but none of padding", async () => {
    using opened = await open(
      writeTexts(10, (i) => 3 + i),
      { batchSize: 5 },
    );
    using source = await opened.training();
    for (const { rows, length, ids, targets } of await take(source, 2)) {
      for (let row = 0; row < rows; row++) {
        for (let i = 1; i < length; i++) {
          // The tokenizer gives no real token the id of padding.
          expect(targets[row * (length - 1) + i - 1]).toBe(ids[row * length + i] === 0 ? 0 : 1);
        }
      }
    }
  });

  test("is the same again with the same seed, and another with another", async () => {
    const dir = writeTexts(50);
    const orderOf = async (seed: number) => {
      using opened = await open(dir, { seed });
      using source = await opened.training();
      return (await take(source, 12)).map(linesOf);
    };
    const first = await orderOf(1);
    expect(await orderOf(1)).toEqual(first);
    expect(await orderOf(2)).not.toEqual(first);
  });
});

test.each([2, 3, 4])(
  "%d processes have the rows of one, batch by batch, and none of them is without a row",
  async (world) => {
    const dir = writeTexts(23);
    using alone = await open(dir, { batchSize: 4 });
    using source = await alone.training();
    const expected = (await take(source, 10)).map((batch) => linesOf(batch).toSorted());
    const shared: number[][] = expected.map(() => []);
    for (let rank = 0; rank < world; rank++) {
      using opened = await open(dir, { batchSize: 4 }, rank, world);
      using part = await opened.training();
      for (const [i, batch] of (await take(part, 10)).entries()) {
        expect(batch.rows).toBeGreaterThan(0);
        shared[i]!.push(...linesOf(batch));
      }
    }
    expect(shared.map((lines) => lines.toSorted())).toEqual(expected);
  },
);

test("a run that goes on from a state takes the batches of one that was never stopped", async () => {
  const dir = writeTexts(300);
  using whole = await open(dir, { batchSize: 2, seed: 5 });
  using source = await whole.training();
  // Windows have 64 batches, the epoch 150.
  for (let taken = 0; taken < 340; taken++) {
    if ([0, 1, 63, 64, 149, 150, 151, 299, 333].includes(taken)) {
      const state = JSON.parse(JSON.stringify(source.state()));
      using again = await open(dir, { batchSize: 2, seed: 5 });
      using rest = await again.training(state);
      const next = await source.next();
      expect(await rest.next().then(({ ids, targets }) => ({ ids, targets }))).toEqual({
        ids: next.ids,
        targets: next.targets,
      });
    } else await source.next();
  }
});

test("a state of other rows, another seed, batch size or mode is refused by what differs", async () => {
  const dir = writeTexts(30);
  const stateOf = async (folderOfRows: string, settings: Partial<TrainSettings>) => {
    using opened = await open(folderOfRows, settings);
    using source = await opened.training();
    return source.state();
  };
  using opened = await open(dir);
  const others = [
    [await stateOf(writeTexts(31), {}), "the checkpoint has rows 31, this run 30"],
    [await stateOf(dir, { seed: 1 }), "the checkpoint has seed 1, this run 0"],
    [await stateOf(dir, { batchSize: 2 }), "the checkpoint has batchSize 2, this run 4"],
    [await stateOf(dir, { compat: "mlx-lm" }), "the checkpoint has mode mlx-lm, this run mdp"],
  ] as const;
  for (const [state, message] of others) {
    await expect(opened.training(state)).rejects.toMatchObject({ code: "other-data", message });
  }
});

test("validation has the same batches each time, whatever the seed, and moves no order of training", async () => {
  const dir = writeTexts(40);
  const runs = await Promise.all(
    [0, 7].map(async (seed) => {
      using opened = await open(dir, { seed });
      using source = await opened.training();
      const found: number[][][] = [];
      for (let i = 0; i < 2; i++) {
        const lines: number[][] = [];
        for await (const batch of opened.validation!.batches(i === 0 ? -1 : 3)) lines.push(linesOf(batch));
        found.push(lines);
        await source.next();
      }
      return { found, next: linesOf(await source.next()) };
    }),
  );
  const [all, some] = runs[0]!.found;
  expect(all!.flat().toSorted((a, b) => a - b)).toEqual(numbers(40));
  expect(some).toEqual(all!.slice(0, 3));
  expect(runs[1]!.found).toEqual(runs[0]!.found);
  using undisturbed = await open(dir);
  using source = await undisturbed.training();
  expect(linesOf((await take(source, 3))[2]!)).toEqual(runs[0]!.next);
});

describe("a row that teaches nothing is named:", () => {
  const masked = { maskPrompt: true, maxSeqLength: 64 };
  const long = { prompt: "fox ".repeat(80), completion: "the fox" };
  const chat = (...contents: string[]) => ({
    messages: contents.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content })),
  });

  test.each([
    ["a prompt that fills what is kept of the row", long, /^no token of the row counts: \d+ of the prompt, 64 of the/],
    [
      "the messages before the last",
      chat("fox ".repeat(40), "fox ".repeat(40), "fox?", "the fox"),
      / 64 of the row are/,
    ],
  ])("%s, before anything is trained on", async (_, row, message) => {
    const fine = Array.from({ length: 600 }, () => ("prompt" in row ? { ...row, prompt: "fox?" } : chat("a", "b")));
    const error = await open(folderOf(...fine, row), masked).then(
      () => expect.unreachable("the row was taken"),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: "fully-masked", where: expect.stringMatching(/train\.jsonl:601$/) });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/^set --max-seq-length \d+ or more/);
  });

  test("a text that is but its end, where none has a beginning", async () => {
    const dir = folderOf({ text: "fox fox" }, { text: "" });
    const file = JSON.parse(readFileSync(join(model, "tokenizer.json"), "utf8"));
    writeFileSync(join(dir, "tokenizer.json"), JSON.stringify({ ...file, post_processor: null }));
    const tokenizer = await openTokenizer(join(dir, "tokenizer.json"));
    const work = openTrainData({ ...(await dataOptions(model, dir)), tokenizer, eos: 2 });
    const message = "the row has 1 token, and nothing to predict";
    await expect(work).rejects.toMatchObject({ code: "fully-masked", message });
  });

  test("a conversation of which the template makes nothing, when it is encoded", async () => {
    const dir = folderOf({ messages: [{ role: "user", content: "fox?" }] });
    writeFileSync(join(dir, "silent.jinja"), "");
    const options = await dataOptions(model, dir);
    using opened = await openTrainData({ ...options, chatTemplate: () => openChatTemplate(join(dir, "silent.jinja")) });
    using source = await opened.training();
    const message = "the row has 0 tokens, and nothing to predict";
    await expect(source.next()).rejects.toMatchObject({ code: "fully-masked", message });
  });

  test("the look at doubtful rows encodes no others, and none of them twice", async () => {
    const rows = [...Array.from({ length: 30 }, (_, i) => chat(`fox ${i}?`, "yes")), chat("fox ".repeat(30), "no")];
    const options = await dataOptions(model, folderOf(...rows), { maskPrompt: true, maxSeqLength: 128, batchSize: 31 });
    let rendered = 0;
    const chatTemplate = async () => {
      const { template, ...rest } = await openChatTemplate(model);
      const render = (input: ChatInput) => {
        rendered++;
        return template.render(input);
      };
      return { ...rest, template: { render } };
    };
    using opened = await openTrainData({ ...options, chatTemplate });
    // A conversation, and its prompt.
    expect(rendered).toBe(2);
    using source = await opened.training();
    await source.next();
    expect(rendered).toBe(62);
  });
});

test("with masked prompts the last message counts, whoever speaks", async () => {
  const messages = [
    { role: "assistant", content: "the fox" },
    { role: "user", content: "fox?" },
  ];
  using opened = await open(folderOf({ messages }), { maskPrompt: true });
  using source = await opened.training();
  const { targets } = await source.next();
  expect(targets[0]).toBe(0);
  expect(targets.some((bit) => bit === 1)).toBe(true);
});

test("rows that are cut are counted, and noted once", async () => {
  const notes: string[] = [];
  const options = await dataOptions(
    model,
    writeTexts(8, () => 40),
    { maxSeqLength: 20 },
  );
  using opened = await openTrainData({ ...options, onNote: (note) => notes.push(note) });
  using source = await opened.training();
  const [batch] = await take(source, 2);
  expect([batch!.length, opened.cutRows()]).toEqual([20, 8]);
  expect(notes).toEqual(["Some rows are longer than 20 tokens and are cut there: see --max-seq-length"]);
});
