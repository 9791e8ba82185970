/** `mdp tokenizer` on real files: trains, encodes, decodes and describes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { InterruptedError } from "../../src/core/errors.ts";
import { projectAt } from "../../src/core/project.ts";
import { type TrainReport, trainOnFiles } from "../../src/pipelines/tokenizer.ts";
import type { TokenizerDetails } from "../../src/pipelines/tokenizer-text.ts";
import { mdp, TempProject } from "../support/project.ts";
import { loadSettings } from "../support/settings.ts";
import { rustIds } from "../tokenizers/train/reference.ts";

const rows = Array.from({ length: 40 }, (_, i) => ({ text: `Row ${i}: the filter keeps its pressure, “écoute”.` }));
const files = {
  "docs/a.md": `# Pumps\n\n${"The pump warms the inlet. ".repeat(20)}\n`,
  "docs/rows.jsonl": rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
  "docs/broken.jsonl": '{"text": "fine"}\n{"text": \n',
};

let project: TempProject;

beforeAll(async () => {
  project = new TempProject(files);
  const { code, stderr } = await project.run("tokenizer", "train", "docs/a.md", "docs/rows.jsonl", "--out", "t");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

afterAll(() => project[Symbol.dispose]());

describe("mdp tokenizer train", () => {
  test("writes the three files, and reports what went in", async () => {
    const args = ["tokenizer", "train", "docs/a.md", "docs/rows.jsonl", "--out", "small", "--vocab-size", "300"];
    const report = await project.json<TrainReport>(...args);
    expect(report).toMatchObject({ out: "small", model: "bpe", vocabSize: 300, merges: 28, texts: 41, ids: "u16" });
    expect(report).toMatchObject({ rejects: 0, forgotten: { words: 0, occurrences: 0 } });
    expect(readdirSync(project.path("small")).sort()).toEqual([
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
  });

  test.each(["wordpiece", "unigram"])("trains %s, which then encodes like the Rust library", async (model) => {
    const args = ["docs/rows.jsonl", "--out", model, "--model", model, "--vocab-size", "200"];
    const { code, stdout } = await project.run("tokenizer", "train", ...args);
    expect(code).toBe(0);
    expect(stdout).toContain(`${model}: ${model}, `);
    const text = "the filter keeps 7 pumps, [SEP] “écoute”";
    const run = await mdp(["tokenizer", "encode", "--tokenizer", model], { cwd: project.dir, stdin: `${text}\n` });
    expect(run.code).toBe(0);
    const file = await Bun.file(project.path(`${model}/tokenizer.json`)).text();
    expect(JSON.parse(run.stdout)).toEqual((await rustIds(file, [text]))[0]);
  });

  test("takes settings from mdp.yaml, and special tokens of one's own", async () => {
    using other = new TempProject({ ...files, "mdp.yaml": "tokenizer:\n  vocabSize: 280\n" });
    const flags = ["--special-tokens", "<|user|>,<|assistant|>", "--word-pattern", "llama3"];
    const report = await other.json<TrainReport>("tokenizer", "train", "docs/a.md", "--out", "t", ...flags);
    expect(report.vocabSize).toBe(280);
    const { added_tokens, pre_tokenizer } = await Bun.file(other.path("t/tokenizer.json")).json();
    expect(added_tokens.slice(16).map(({ content }: { content: string }) => content)).toEqual([
      "<|user|>",
      "<|assistant|>",
    ]);
    expect(pre_tokenizer.pretokenizers[0].pattern.Regex).toContain("\\p{N}{1,3}");
  });

  test("names a record that it could not read, and ends with 1; the rest is trained on", async () => {
    const run = await project.run("tokenizer", "train", "docs", "--out", "with-broken", "--vocab-size", "300");
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("docs/broken.jsonl");
    expect(run.stdout).toContain("from 42 texts");
    expect(existsSync(project.path("with-broken/tokenizer.json"))).toBe(true);
  });

  test.each([
    [["docs"], "needs an output folder"],
    [["docs", "--out", "t"], "t holds a tokenizer already"],
    [["nowhere", "--out", "x"], 'there is no file or folder "nowhere"'],
    [["docs", "--out", "x", "--model", "bert"], '"bert"'],
    [["docs", "--out", "x", "--vocab-size", "10"], "--vocab-size 10 leaves no room"],
    [["docs", "--out", "x", "--special-tokens", "[PAD]"], 'the special token "[PAD]" is there already'],
  ])("refuses %j with exit code 2 and a hint", async (args, message) => {
    const { code, stderr } = await project.run("tokenizer", "train", ...args);
    expect({ code, named: stderr.includes(message) }).toEqual({ code: 2, named: true });
    expect(existsSync(project.path("x"))).toBe(false);
  });

  test("leaves nothing behind when it is stopped", async () => {
    const controller = new AbortController();
    const training = trainOnFiles({
      project: projectAt(project.dir),
      inputs: [project.path("docs")],
      stdin: (async function* () {})(),
      reading: loadSettings().ingest,
      settings: loadSettings().tokenizer,
      out: project.path("stopped"),
      overwrite: false,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(training).rejects.toBeInstanceOf(InterruptedError);
    expect(existsSync(project.path("stopped"))).toBe(false);
  });

  test("replaces a tokenizer only when asked to", async () => {
    const args = ["tokenizer", "train", "docs/a.md", "--out", "again", "--vocab-size"];
    await project.run(...args, "290");
    const report = await project.json<TrainReport>(...args, "280", "--overwrite");
    expect(report.vocabSize).toBe(280);
    expect((await project.json<TokenizerDetails>("tokenizer", "inspect", "again")).vocabSize).toBe(280);
  });
});

describe("mdp tokenizer encode and decode", () => {
  const texts = ["The pump warms the inlet.", "", "  “écoute” 日本 👩‍👩‍👧 [SEP] end  "];

  test("give back every line of text", async () => {
    const stdin = texts.map((text) => `${text}\n`).join("");
    const encoded = await mdp(["tokenizer", "encode", "--tokenizer", "t"], { cwd: project.dir, stdin });
    const ids = encoded.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as number[]);
    const file = await Bun.file(project.path("t/tokenizer.json")).text();
    expect(ids).toEqual(await rustIds(file, texts));
    const args = ["tokenizer", "decode", "--tokenizer", "t", "--special-tokens"];
    const decoded = await mdp(args, { cwd: project.dir, stdin: encoded.stdout });
    expect(decoded.stdout).toBe(stdin);
    const without = await mdp(args.slice(0, -1), { cwd: project.dir, stdin: "[4]\n" });
    expect(without.stdout).toBe("\n");
  });

  test("--json gives tokens and spans, and texts as JSON", async () => {
    const stdin = '{"text": "a\\nb"}\n';
    const run = await mdp(["tokenizer", "encode", "--jsonl", "--json", "--tokenizer", "t"], {
      cwd: project.dir,
      stdin,
    });
    const { ids, tokens, starts, ends } = JSON.parse(run.stdout);
    expect({ tokens, starts, ends }).toEqual({ tokens: ["a", "Ċ", "b"], starts: [0, 1, 2], ends: [1, 2, 3] });
    const back = await mdp(["tokenizer", "decode", "--json", "--tokenizer", "t"], {
      cwd: project.dir,
      stdin: JSON.stringify({ ids }),
    });
    expect(JSON.parse(back.stdout)).toEqual({ text: "a\nb" });
  });

  test("--chat makes texts of conversations by the model's template", async () => {
    const template = "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}";
    const messages = [
      { role: "user", content: "The pump?" },
      { role: "assistant", content: "warms" },
    ];
    const args = ["tokenizer", "encode", "--chat", "--tokenizer", "t"];
    const stdin = `${JSON.stringify({ messages })}\n`;
    const missing = await mdp(args, { cwd: project.dir, stdin });
    expect({ code: missing.code, named: missing.stderr.includes("no chat template") }).toEqual({
      code: 1,
      named: true,
    });
    project.write("t/chat_template.jinja", template);
    const run = await mdp(args, { cwd: project.dir, stdin });
    const file = await Bun.file(project.path("t/tokenizer.json")).text();
    const text = "[BOS]user: The pump?[EOS]assistant: warms[EOS]";
    expect(JSON.parse(run.stdout)).toEqual((await rustIds(file, [text]))[0]);
    expect(JSON.parse(run.stdout)[0]).toBe(2);
    const broken = await mdp(args, { cwd: project.dir, stdin: `${stdin}{"messages": 1}\n` });
    expect(broken).toMatchObject({ code: 1, stdout: run.stdout });
    expect(broken.stderr).toContain("-:2");
  });

  test.each([
    ["[1, 99999999]", "no token has the id 99999999"],
    ["[1, -1]", "no token has the id -1"],
    ["hello", "the line is not a list of ids"],
  ])("decode of %s is an error that names the line", async (line, message) => {
    const run = await mdp(["tokenizer", "decode", "--tokenizer", "t"], { cwd: project.dir, stdin: `[1]\n${line}\n` });
    expect({ code: run.code, lines: run.stdout.split("\n").length }).toEqual({ code: 1, lines: 2 });
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain("-:2");
  });

  test("without a tokenizer, or with a missing one, say what to do", async () => {
    const none = await mdp(["tokenizer", "encode"], { cwd: project.dir, stdin: "a\n" });
    expect({ code: none.code, named: none.stderr.includes("--tokenizer") }).toEqual({ code: 2, named: true });
    const missing = await mdp(["tokenizer", "encode", "--tokenizer", "gone"], { cwd: project.dir, stdin: "a\n" });
    expect({ code: missing.code, named: missing.stderr.includes("gone") }).toEqual({ code: 1, named: true });
  });
});

describe("mdp tokenizer inspect", () => {
  test("tells the model, the vocabulary, special tokens and parts", async () => {
    const details = await project.json<TokenizerDetails>("tokenizer", "inspect", "t");
    expect(details).toMatchObject({
      model: "BPE",
      ids: "u16",
      addedTokens: 16,
      normalizer: null,
      preTokenizer: "ByteLevel",
      special: { pad: { id: 0, token: "[PAD]" }, unk: { id: 1 }, bos: { id: 2 }, eos: { id: 3 }, sep: { id: 4 } },
    });
    expect(details.sha256).toMatch(/^[0-9a-f]{64}$/);
    const { stdout } = await project.run("tokenizer", "inspect", "t/tokenizer.json");
    expect(stdout).toMatch(/pre-tokenizer +ByteLevel/);
    expect(stdout).toMatch(/eos +\[EOS\] \(3\)/);
  });
});
