/** Goal: a pair is the same prompt with two answers, of which only the answers count, however it is written. */
import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openChatTemplate } from "../../../src/tokenizers/chat-template-files.ts";
import { openTokenizer } from "../../../src/tokenizers/open.ts";
import type { PreferenceBatch } from "../../../src/train/dpo.ts";
import { pairEvaluation, pairSource } from "../../../src/train/preferences/batches.ts";
import { openPairs, type PreferencePairs } from "../../../src/train/preferences/pairs.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import { TempFolder } from "../../support/train-runs.ts";

const folder = new TempFolder();
afterAll(() => folder[Symbol.dispose]());
const model = await tinyModel("llama");
const tokenizer = await openTokenizer(model);

async function open(...rows: unknown[]): Promise<PreferencePairs> {
  const path = join(folder.path, "pairs.jsonl");
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return openPairs(path, { tokenizer, chatTemplate: () => openChatTemplate(model), vocabSize: 512 }, 64);
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

describe("pairs", () => {
  test("of texts, of messages and of whole conversations are the same tokens", async () => {
    using pairs = await open(
      { prompt: "which fox", chosen: "the quick one", rejected: "the lazy dog" },
      { prompt: [user("which fox")], chosen: [assistant("the quick one")], rejected: [assistant("the lazy dog")] },
      {
        chosen: [user("which fox"), assistant("the quick one")],
        rejected: [user("which fox"), assistant("the lazy dog")],
      },
    );
    expect(pairs.length).toBe(3);
    const [first, ...others] = [0, 1, 2].map((row) => pairs.encode(row));
    for (const other of others) expect(other).toEqual(first!);
    const { chosen, rejected } = first!;
    expect(chosen.offset).toBe(rejected.offset);
    expect([...chosen.ids.subarray(0, chosen.offset)]).toEqual([...rejected.ids.subarray(0, rejected.offset)]);
    expect(tokenizer.decode(chosen.ids.subarray(0, chosen.offset))).toContain("which fox");
    expect(tokenizer.decode(chosen.ids.subarray(chosen.offset))).toContain("the quick one");
    expect(tokenizer.decode(rejected.ids.subarray(rejected.offset))).toContain("the lazy dog");
  });

  test.each([
    [{ prompt: "a", chosen: "b" }, 'the row has no "rejected"'],
    [{ prompt: 1, chosen: "b", rejected: "c" }, '"prompt" is 1'],
    [{ chosen: "b", rejected: "c" }, "do not begin with the same messages"],
    [{ chosen: [user("a"), assistant("b")], rejected: [user("x"), assistant("c")] }, "do not begin with the same"],
    [{ prompt: "a", chosen: [{ content: "b" }], rejected: "c" }, 'not an object with a "role"'],
  ])("%j are refused with file and line", async (row, message) => {
    await expect(open({ prompt: "a", chosen: "b", rejected: "c" }, row)).rejects.toMatchObject({
      code: "bad-row",
      message: expect.stringContaining(message),
      where: expect.stringMatching(/pairs\.jsonl:2$/),
    });
  });
});

test("a pair whose prompt leaves no room for an answer is refused before training", async () => {
  const fine = { prompt: "a", chosen: "b", rejected: "c" };
  await expect(open(fine, { ...fine, prompt: "fox ".repeat(80) })).rejects.toMatchObject({
    code: "fully-masked",
    message: expect.stringMatching(/of the prompt, 64 of the row are kept$/),
    where: expect.stringMatching(/pairs\.jsonl:2$/),
  });
});

describe("batches", () => {
  const rows = Array.from({ length: 7 }, (_, i) => ({ prompt: `p${i}`, chosen: "yes", rejected: `no ${i}` }));
  const options = { batchSize: 3, maxSeqLength: 64, seed: 5, rank: 0, world: 1 };
  const linesOf = ({ rows: count, where }: PreferenceBatch) => Array.from({ length: count }, (_, row) => where(row));

  test("of two processes are together those of one, and go on from a state", async () => {
    using pairs = await open(...rows);
    const draw = async (source: ReturnType<typeof pairSource>, count: number) => {
      const batches: string[][] = [];
      for (let i = 0; i < count; i++) batches.push(linesOf(await source.next()));
      return batches;
    };
    const whole = await draw(pairSource(pairs, options), 6);
    const shares = await Promise.all([0, 1].map((rank) => draw(pairSource(pairs, { ...options, rank, world: 2 }), 6)));
    for (const [i, batch] of whole.entries()) {
      expect([...shares[0]![i]!, ...shares[1]![i]!].sort()).toEqual([...batch].sort());
    }
    expect(new Set(whole.slice(0, 2).flat()).size).toBe(6);
    expect(whole[2]).not.toEqual(whole[0]!);
    const source = pairSource(pairs, options);
    await draw(source, 4);
    expect(await draw(pairSource(pairs, options, source.state()), 2)).toEqual(whole.slice(4));
  });

  test("for evaluation hold every pair once, in order, over all processes", async () => {
    using pairs = await open(...rows);
    const lines = async (rank: number, world: number, limit = -1) =>
      (await Array.fromAsync(pairEvaluation(pairs, { ...options, rank, world }, limit))).flatMap(linesOf);
    expect((await lines(0, 1)).map((line) => line.split(":").at(-1))).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    expect([...(await lines(0, 2)), ...(await lines(1, 2))].sort()).toEqual(await lines(0, 1));
    expect(await lines(0, 1, 1)).toHaveLength(3);
  });

  test("count the tokens of the answers alone", async () => {
    using pairs = await open(rows[0]);
    const { chosen } = await pairSource(pairs, options).next();
    const { ids, offset } = pairs.encode(0).chosen;
    const counted = Array.from({ length: chosen.length - 1 }, (_, i) => Number(i + 1 >= offset && i + 1 < ids.length));
    expect([...chosen.targets]).toEqual(counted);
  });

  test("fewer than processes are refused", async () => {
    using pairs = await open(rows[0], rows[1]);
    expect(() => pairSource(pairs, { ...options, world: 4 })).toThrow("too few for 4 processes");
  });
});
