/** Goal: a row that cannot be trained on is named with its file, line and key, before the first step. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { MdpError } from "../../../src/core/errors.ts";
import { openChatTemplate } from "../../../src/tokenizers/chat-template-files.ts";
import type { TrainSettings } from "../../../src/train/config.ts";
import { openTrainData } from "../../../src/train/data/index.ts";
import { openJsonl } from "../../../src/train/data/jsonl-rows.ts";
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
function folderOf(files: Readonly<Record<string, string>>): string {
  const dir = join(folder.path, String(made++));
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

async function refusal(dir: string, settings: Partial<TrainSettings> = {}): Promise<MdpError> {
  const opened = openTrainData(await dataOptions(model, dir, settings));
  return await opened.then(
    () => expect.unreachable("the rows were taken"),
    (error) => error,
  );
}

describe("refused is", () => {
  const chat = '{"messages": [{"role": "user", "content": "a"}]}';
  test.each([
    ["a line that is not JSON", '{"text": "a"}\n\n{"text": \n', 3, "the line is not valid JSON"],
    ["a line that is no object", '{"text": "a"}\n[1, 2]', 2, "the line is [1,2], not an object"],
    ["a text that is a number", '{"text": "a"}\n{"text": 7}', 2, '"text" is 7, not a text'],
    ["a row of another kind", `{"text": "a"}\n${chat}`, 2, 'the row has no "text"'],
    [
      "an answer that is missing",
      '{"prompt": "a", "completion": "b"}\n{"prompt": "a"}',
      2,
      'the row has no "completion"',
    ],
    ["no message", `${chat}\n{"messages": []}`, 2, '"messages" is [], not a list of messages'],
    ["a message without a role", `${chat}\n{"messages": [{"content": "a"}]}`, 2, 'messages[0] is {"content":"a"}'],
    ["tools that are no list", `${chat.slice(0, -1)}, "tools": "x"}`, 1, '"tools" is "x", not a list'],
    ["a row with none of the keys", '{"body": "a"}', 1, 'the row has the keys ["body"]'],
  ])("%s", async (_, text, line, message) => {
    const dir = folderOf({ "train.jsonl": text });
    const error = await refusal(dir);
    expect(error).toMatchObject({ code: "bad-row", where: `${join(dir, "train.jsonl")}:${line}` });
    expect(error.message).toStartWith(message);
    expect(error.hint).toBeTruthy();
  });

  test("a bad row of valid.jsonl, also when train.jsonl is good", async () => {
    const dir = folderOf({ "train.jsonl": '{"text": "a"}', "valid.jsonl": '{"text": null}' });
    expect((await refusal(dir)).where).toBe(`${join(dir, "valid.jsonl")}:1`);
  });

  test("a file without rows, a folder without files, no folder, and a file in its place", async () => {
    const blank = await refusal(folderOf({ "train.jsonl": "\n \n" }));
    expect(blank).toMatchObject({ code: "no-rows", message: "the file has no rows" });
    const empty = await refusal(folderOf({}));
    expect(empty).toMatchObject({ code: "no-rows", message: "the folder has no train.jsonl" });
    const nowhere = await refusal(join(folder.path, "nowhere"));
    expect(nowhere).toMatchObject({ code: "no-rows", message: "there is no such folder" });
    const file = await refusal(join(folderOf({ "train.jsonl": '{"text": "a"}' }), "train.jsonl"));
    expect(file).toMatchObject({ code: "no-rows", message: "this is a file, and a folder is wanted" });
  });

  test("masking the prompts of texts, which have none", async () => {
    const error = await refusal(folderOf({ "train.jsonl": '{"text": "a"}' }), { maskPrompt: true });
    expect(error).toMatchObject({ code: "bad-row", hint: "leave out --mask-prompt" });
  });

  test("a token that the model does not know", async () => {
    const options = await dataOptions(model, folderOf({ "train.jsonl": '{"text": "the fox and the dog"}' }));
    using opened = await openTrainData({ ...options, vocabSize: 3 });
    using source = await opened.training();
    await expect(source.next()).rejects.toMatchObject({ code: "token-unknown" });
  });

  test("a row that the chat template refuses, by its file and line", async () => {
    const dir = folderOf({ "train.jsonl": chat });
    writeFileSync(join(dir, "refuse.jinja"), '{{ raise_exception("no users here") }}');
    const options = await dataOptions(model, dir);
    const chatTemplate = () => openChatTemplate(join(dir, "refuse.jinja"));
    using opened = await openTrainData({ ...options, chatTemplate });
    using source = await opened.training();
    const where = `${join(dir, "train.jsonl")}:1`;
    await expect(source.next()).rejects.toMatchObject({ code: "chat-template-failed", where });
  });
});

test("keys have the names that the settings give them", async () => {
  const dir = folderOf({ "train.jsonl": '{"q": "fox?", "a": "the fox"}', "valid.jsonl": '{"body": "the fox"}' });
  const settings = { promptFeature: "q", completionFeature: "a", textFeature: "body" };
  using opened = await openTrainData(await dataOptions(model, dir, settings));
  expect(opened.kind).toBe("completions");
});

test("without valid.jsonl, or with an empty one, there is a note and no validation; unneeded files are not read", async () => {
  const notes: string[] = [];
  const dir = folderOf({ "train.jsonl": '{"text": "a fox"}', "valid.jsonl": "", "test.jsonl": "not JSON" });
  const options = await dataOptions(model, dir);
  using opened = await openTrainData({ ...options, splits: ["train", "valid"], onNote: (note) => notes.push(note) });
  using source = await opened.training();
  expect([opened.validation, opened.test, source.rows]).toEqual([undefined, undefined, 1]);
  expect(notes).toEqual(["There is no valid.jsonl: the run is without validation"]);
});

test("rows are read again as they stand in the file, whatever their length, characters and line ends", () => {
  const path = join(folder.path, "any.jsonl");
  const value = fc.record({ text: fc.string({ unit: "grapheme", maxLength: 40 }), more: fc.json() });
  const gap = fc.constantFrom("\n", "\r\n", "\n\n", "\n  \n");
  fc.assert(
    fc.property(fc.array(fc.tuple(value, gap), { maxLength: 12 }), fc.boolean(), (rows, ends) => {
      const text = rows.map(([row, end]) => JSON.stringify(row) + end).join("");
      writeFileSync(path, ends ? text : text.trimEnd());
      using opened = openJsonl(path);
      expect(opened.length).toBe(rows.length);
      // Last to first: each is found by its own place.
      for (let i = rows.length - 1; i >= 0; i--) expect(opened.read(i)).toEqual(rows[i]![0]);
      expect(opened.sha256).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
    }),
    { numRuns: 60 },
  );
});

test("a line longer than what is read at a time, and one that ends just there, are whole", () => {
  const path = join(folder.path, "long.jsonl");
  const sizes = [5, (1 << 20) - 12, 3 << 20, 1];
  writeFileSync(path, sizes.map((size) => JSON.stringify({ text: "é".repeat(size) })).join("\n"));
  using opened = openJsonl(path);
  expect(sizes.map((_, i) => (opened.read(i).text as string).length)).toEqual(sizes);
  expect(sizes.map((_, i) => opened.where(i))).toEqual([1, 2, 3, 4].map((line) => `${path}:${line}`));
});
