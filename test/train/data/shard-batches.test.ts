/** Goal: shards are trained on as they were packed: no target crosses documents, and every token is one once. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { TrainSettings } from "../../../src/train/config.ts";
import type { TrainBatch } from "../../../src/train/data/batch.ts";
import { openTrainData } from "../../../src/train/data/index.ts";
import { countedTargets } from "../../../src/train/loss.ts";
import { numberedDocuments, temporaryFolder, writeSet } from "../../support/shards.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import { dataOptions } from "../../support/train-data.ts";

type Set = Parameters<typeof writeSet>[2];

async function openSet(dir: string, settings: Partial<TrainSettings> = {}, rank = 0, world = 1) {
  const options = await dataOptions(await tinyModel("llama"), dir, { batchSize: 2, maxSeqLength: 16, ...settings });
  return { ...options, rank, world };
}

const packed: Set = {};
const flat: Set = { pack: false };
const lengths = [7, 5, 16, 3, 1, 40, 9, 2, 11];

/** Pairs of a token and the one that it is asked for. */
function pairsOf({ rows, length, ids, targets }: TrainBatch): [number, number][] {
  const pairs: [number, number][] = [];
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < length - 1; i++) {
      if (targets[row * (length - 1) + i] === 1) pairs.push([ids[row * length + i]!, ids[row * length + i + 1]!]);
    }
  }
  return pairs;
}

describe.each([
  // A document of 40 is cut into rows, which do not know each other.
  ["packed rows", packed, [16, 32]],
  ["flat shards", flat, []],
] as const)("%s", (_, changed, cuts) => {
  test("have each token of a document after its first as a target once", async () => {
    await using dir = await temporaryFolder();
    await writeSet(dir.path, [numberedDocuments(lengths, 1_000)], changed);
    using opened = await openTrainData(await openSet(dir.path));
    using source = await opened.training();
    expect(opened.kind).toBe("shards");
    const found: [number, number][] = [];
    for (let rows = 0; rows < source.rows; ) {
      const batch = await source.next();
      expect(batch.segments).toHaveLength(batch.ids.length);
      rows += batch.rows;
      found.push(...pairsOf(batch));
    }
    const expected: [number, number][] = [];
    let next = 1;
    for (const length of lengths) {
      for (let i = 1; i < length; i++) {
        if (!(length === 40 && cuts.some((cut) => cut === i))) expected.push([next + i - 1, next + i]);
      }
      next += length;
    }
    expect(found.toSorted((a, b) => a[0] - b[0])).toEqual(expected);
  });
});

test("tokens that the loss mask leaves out are no targets", async () => {
  await using dir = await temporaryFolder();
  const [document] = numberedDocuments([12], 1_000);
  const lossMask = [0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1];
  await writeSet(dir.path, [[{ ...document!, lossMask }]]);
  using opened = await openTrainData(await openSet(dir.path));
  using source = await opened.training();
  expect(pairsOf(await source.next()).map(([, target]) => target)).toEqual([6, 7, 9, 10, 11, 12]);
});

test("validation is the split val, the test the split test, and a set without them has none", async () => {
  await using dir = await temporaryFolder();
  await writeSet(dir.path, [numberedDocuments([16, 16, 16, 16, 16], 1_000, [0, 0, 1, 2, 2])]);
  using opened = await openTrainData(await openSet(dir.path));
  const first: number[] = [];
  for await (const batch of opened.validation!.batches(-1)) first.push(batch.ids[0]!);
  expect([first, opened.validation!.rows, opened.test!.rows]).toEqual([[33], 1, 2]);
  await using other = await temporaryFolder();
  await writeSet(other.path, [numberedDocuments([16], 1_000)]);
  using alone = await openTrainData(await openSet(other.path));
  expect([alone.validation, alone.test]).toEqual([undefined, undefined]);
});

test("a run that goes on from a state takes the batches of one that was never stopped, over the end of an epoch", async () => {
  await using dir = await temporaryFolder();
  await writeSet(dir.path, [numberedDocuments(Array(11).fill(16), 1_000)]);
  const options = await openSet(dir.path, { seed: 3 });
  using whole = await openTrainData(options);
  using source = await whole.training();
  for (let i = 0; i < 14; i++) {
    const state = JSON.parse(JSON.stringify(source.state()));
    using again = await openTrainData(options);
    using rest = await again.training(state);
    expect((await rest.next()).ids).toEqual((await source.next()).ids);
  }
});

describe("rows left over that are fewer than the processes", () => {
  async function taken(
    settings: Partial<TrainSettings>,
    world: number,
  ): Promise<{ weights: number[][]; val: number[] }> {
    await using dir = await temporaryFolder();
    const splits = [...Array<number>(10).fill(0), 1, 1, 1];
    await writeSet(dir.path, [numberedDocuments(Array(13).fill(16), 1_000, splits)]);
    const weights: number[][] = [];
    const val: number[] = [];
    for (let rank = 0; rank < world; rank++) {
      using opened = await openTrainData(await openSet(dir.path, { batchSize: 4, ...settings }, rank, world));
      using source = await opened.training();
      const own: number[] = [];
      for (let i = 0; i < 4; i++) own.push(countedTargets(await source.next()));
      weights.push(own);
      val.push(0);
      for await (const batch of opened.validation!.batches(-1)) val[rank]! += countedTargets(batch);
    }
    return { weights, val };
  }
  const sums = (weights: number[][]) => weights[0]!.map((_, i) => weights.reduce((sum, own) => sum + own[i]!, 0));

  test("make a batch all the same, in which some processes have none", async () => {
    const [one, four] = [await taken({}, 1), await taken({}, 4)];
    expect(sums(four.weights)).toEqual(sums(one.weights));
    expect(four.weights.map((own) => own[2]!).sort()).toEqual([0, 0, 15, 15]);
    expect(four.val.reduce((a, b) => a + b)).toBe(one.val[0]!);
  });

  test("wait for another epoch where each process counts alike", async () => {
    expect((await taken({ compat: "mlx-lm" }, 4)).weights).toEqual(Array(4).fill(Array(4).fill(15)));
  });
});

test("a split with fewer rows than processes is refused, and does not search for ever", async () => {
  await using dir = await temporaryFolder();
  await writeSet(dir.path, [numberedDocuments([16], 1_000)]);
  using opened = await openTrainData(await openSet(dir.path, {}, 1, 2));
  using source = await opened.training();
  await expect(source.next()).rejects.toMatchObject({ code: "too-few-rows" });
});

test("rows that are too long for the settings are refused, and tokens that the model does not know", async () => {
  await using dir = await temporaryFolder();
  await writeSet(dir.path, [numberedDocuments([16, 16], 1_000)]);
  await expect(openTrainData(await openSet(dir.path, { maxSeqLength: 8 }))).rejects.toMatchObject({
    code: "rows-too-long",
    hint: expect.stringContaining("--max-seq-length 16"),
  });
  using opened = await openTrainData({ ...(await openSet(dir.path)), vocabSize: 20 });
  using source = await opened.training();
  await expect(source.next()).rejects.toMatchObject({ code: "token-unknown", message: expect.stringContaining("20") });
});

test("prompts cannot be masked in shards, and nobody is left to believe that they are", async () => {
  await using dir = await temporaryFolder();
  await writeSet(dir.path, [numberedDocuments([16, 16], 1_000)]);
  await expect(openTrainData(await openSet(dir.path, { maskPrompt: true }))).rejects.toMatchObject({
    message: "shards have no prompt to mask",
    where: dir.path,
  });
});

test("another tokenizer's shards are noted; the folder above and the shards' own are the same data", async () => {
  await using dir = await temporaryFolder();
  await writeSet(dir.path, [numberedDocuments([16, 16], 1_000)]);
  const notes: string[] = [];
  for (const path of [dir.path, join(dir.path, "shards")]) {
    using opened = await openTrainData({ ...(await openSet(path)), onNote: (note) => notes.push(note) });
    expect(opened.kind).toBe("shards");
  }
  expect(notes).toEqual(Array(2).fill("The shards were made with the tokenizer test, whose file is not the model's"));
});
