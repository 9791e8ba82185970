/** Goal: a conversation in a shard has the tokens that a model was trained to see, each special one once. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PrepareReport } from "../../src/pipelines/prepare.ts";
import { ShardLoader } from "../../src/shard/loader.ts";
import { python } from "../support/peers.ts";
import { TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";

const TEMPLATES = join(import.meta.dir, "../../fixtures/chat-templates");
const tools = [
  {
    type: "function",
    function: { name: "count", description: "Counts foxes & <dogs>", parameters: { type: "object" } },
  },
];
const rows = [
  {
    messages: [
      { role: "user", content: "  Which fox is quick?\nAnd <b>why</b>? über 日本 " },
      { role: "assistant", content: "The brown one. </s> ends a text." },
    ],
  },
  {
    id: "counted",
    messages: [
      { role: "system", content: "You count." },
      { role: "user", content: "How many foxes?" },
      { role: "assistant", content: "Seven, over the lazy dog." },
    ],
    tools,
  },
  { messages: [{ role: "user", content: "fox ".repeat(600).trim() }] },
];
const plain = { text: "A row of plain text beside the conversations." };
const lines = (...all: unknown[]) => all.map((row) => `${JSON.stringify(row)}\n`).join("");
/** By template, how many of the rows it ends with the tokenizer's end of text itself. */
const templates = { chatml: 0, "llama-2": 2, "qwen2.5": 0 } as const;

const project = new TempProject();
const run = (...args: string[]) => project.run("shard", ...args, "--preset", "none", "--splits", "train=1");
let eos: number;

/** The documents of a set of shards, in their order. */
async function documentsOf(out: string): Promise<number[][]> {
  using loader = await ShardLoader.open(project.path(out), { shuffle: false, batchSize: 1 });
  const found: number[][] = [];
  for await (const { input_ids: ids, length } of loader) found.push([...ids.subarray(0, length)]);
  return found;
}

beforeAll(async () => {
  const model = await tinyModel("llama");
  const config = JSON.parse(readFileSync(join(model, "tokenizer_config.json"), "utf8"));
  const tokenizer = readFileSync(join(model, "tokenizer.json"), "utf8");
  const folders = [...Object.keys(templates), "none"];
  for (const name of folders) {
    project.write(`${name}/tokenizer.json`, tokenizer);
    project.write(`${name}/tokenizer_config.json`, JSON.stringify({ ...config, chat_template: undefined }));
    if (name === "none") continue;
    project.write(`${name}/chat_template.jinja`, readFileSync(join(TEMPLATES, `${name}.jinja`), "utf8"));
  }
  eos = JSON.parse(tokenizer).added_tokens.find(({ content }: { content: string }) => content === config.eos_token).id;
  project.write("rows.jsonl", lines(...rows, plain));
}, 300_000);
afterAll(() => project[Symbol.dispose]());

describe("rows with messages", () => {
  test("are the tokens of transformers' apply_chat_template, with one end, beside rows of text", async () => {
    const names = Object.keys(templates) as (keyof typeof templates)[];
    const cases = names.flatMap((name) =>
      rows.map(({ messages, ...row }) => ({
        folder: project.path(name),
        messages,
        tools: "tools" in row ? row.tools : null,
      })),
    );
    const expected = (await python("test/parity/chat_tokens_reference.py", [], lines(...cases))).map(
      (line) => JSON.parse(line) as number[],
    );
    for (const [i, name] of names.entries()) {
      expect((await run("rows.jsonl", "--out", `out-${name}`, "--tokenizer", name)).code).toBe(0);
      const documents = await documentsOf(`out-${name}`);
      const theirs = expected.slice(i * rows.length, (i + 1) * rows.length);
      expect(theirs.filter((ids) => ids.at(-1) === eos)).toHaveLength(templates[name]);
      expect(documents.slice(0, rows.length)).toEqual(theirs.map((ids) => (ids.at(-1) === eos ? ids : [...ids, eos])));
      expect(documents).toHaveLength(rows.length + 1);
    }
  }, 300_000);

  test("are written out as they stand when that is asked for, or when a text is named", async () => {
    const off = ["--out", "off", "--tokenizer", "llama-2", "--chat-template", "off"];
    expect((await run("rows.jsonl", ...off)).code).toBe(0);
    const [first] = await documentsOf("off");
    const [rendered] = await documentsOf("out-llama-2");
    expect(first!.length).toBeGreaterThan(rendered!.length);
    project.write("both.jsonl", lines({ text: "fox", messages: rows[0]!.messages }));
    expect((await run("both.jsonl", "--out", "named", "--tokenizer", "llama-2", "--text-field", "text")).code).toBe(0);
    expect((await documentsOf("named"))[0]!.length).toBeLessThan(5);
  }, 300_000);

  test("that are no conversation, or have no template, are counted rejects that say why", async () => {
    project.write("bad.jsonl", lines({ messages: ["hello"] }, rows[0]));
    const bad = await run("bad.jsonl", "--out", "bad", "--tokenizer", "chatml", "--json");
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({ documents: 1, rejects: 1 } satisfies Partial<PrepareReport>);
    expect(JSON.parse(readFileSync(project.path("bad/rejects.jsonl"), "utf8"))).toMatchObject({
      code: "not-a-conversation",
      row: 1,
    });
    const none = await run("rows.jsonl", "--out", "untemplated", "--tokenizer", "none", "--json");
    expect(JSON.parse(none.stdout)).toMatchObject({ documents: 1, rejects: 3 });
    expect(readFileSync(project.path("untemplated/rejects.jsonl"), "utf8")).toContain("--chat-template off");
  }, 300_000);

  test("make another set when the template changes, beside a folder as beside a file", async () => {
    for (const tokenizer of ["chatml", "chatml/tokenizer.json"]) {
      const args = ["rows.jsonl", "--out", `changed-${tokenizer.length}`, "--tokenizer", tokenizer];
      expect((await run(...args)).code).toBe(0);
      const template = readFileSync(project.path("chatml/chat_template.jinja"), "utf8");
      project.write("chatml/chat_template.jinja", `${template} `);
      const again = await run(...args);
      expect(again.code).toBe(1);
      expect(again.stderr).toContain("has changed");
      project.write("chatml/chat_template.jinja", template);
    }
  }, 300_000);
});
