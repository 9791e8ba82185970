/** `mdp generate` and `mdp chat` on a tiny model: streams, reports, formats of prompts, and errors. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { GenerateReport } from "../../src/pipelines/generate/report.ts";
import { openTokenizer } from "../../src/tokenizers/open.ts";
import type { Tokenizer } from "../../src/tokenizers/tokenizer.ts";
import { sameLibrary } from "../support/mlx-lm-adapters.ts";
import { mdp, mdpCommand, type Run, TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";

let model: string;
let tokenizer: Tokenizer;
let project: TempProject;
beforeAll(async () => {
  model = await tinyModel("llama");
  tokenizer = await openTokenizer(model);
  project = new TempProject();
}, 300_000);
afterAll(() => project[Symbol.dispose]());

const run = (args: readonly string[], stdin?: string): Promise<Run> =>
  mdp(args, { cwd: project.dir, ...(stdin === undefined ? {} : { stdin }) });

async function report(...args: string[]): Promise<GenerateReport> {
  const { stdout, stderr, code } = await run(["generate", "--model", model, "--json", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** Ids of a conversation as the tiny model's template writes it. */
const chatIds = (text: string) => Array.from(tokenizer.encode(text, { specialTokens: false }).ids).join(",");
const user = (text: string) => `<|im_start|>user\n${text}<|im_end|>\n`;
const ANSWER = "<|im_start|>assistant\n";

describe("mdp generate", () => {
  test("reports the tokens that mlx-lm generates for these ids, and their text", async () => {
    const prompt = [1, 10, 50];
    const found = await report("--prompt-ids", "1,10,50", "-m", "16");
    const [theirs] = await sameLibrary<{ tokens: number[] }>("test/parity/generate_reference.py", [
      { model, prompt, max_tokens: 16 },
    ]);
    expect(found).toMatchObject({ prompt_tokens: 3, generation_tokens: 16, finish_reason: "length" });
    expect(found.tokens).toEqual(theirs!.tokens);
    expect(found.text).toBe(tokenizer.decode(found.tokens, { skipSpecialTokens: false }));
    expect(found.peak_memory).toBeGreaterThan(0);
    expect(found.prompt_tps).toBeGreaterThan(0);
    expect(found.generation_tps).toBeGreaterThan(0);
  });

  test("writes the text alone to stdout", async () => {
    const { text } = await report("-p", "the quick", "-m", "12");
    const plain = await run(["generate", "--model", model, "-p", "the quick", "-m", "12", "--stream"]);
    expect(plain).toEqual({ code: 0, stdout: text.endsWith("\n") ? text : `${text}\n`, stderr: "" });
    const verbose = await run(["generate", "--model", model, "-p", "the quick", "-m", "12", "--verbose", "True"]);
    expect(verbose.stdout).toBe(plain.stdout);
    expect(verbose.stderr).toMatch(/^Prompt: \d+ tokens, [\d.]+ tokens-per-sec\nGeneration: 12 tokens/);
  });

  test("puts the prompt into the model's chat template", async () => {
    const wanted = await report("--prompt-ids", chatIds(user("hello world") + ANSWER), "-m", "8");
    expect((await report("--prompt", "hello world", "-m", "8")).tokens).toEqual(wanted.tokens);
    const stdin = await run(["generate", "--model", model, "-p", "-", "-m", "8", "--json"], "hello world");
    expect(JSON.parse(stdin.stdout).tokens).toEqual(wanted.tokens);
  });

  test("takes a system prompt, and the beginning of the answer", async () => {
    const conversation = `<|im_start|>system\nbe brief<|im_end|>\n${user("hello")}`;
    const wanted = await report("--prompt-ids", chatIds(`${conversation}${ANSWER}jumps over`), "-m", "8");
    const args = ["-p", "hello", "--system-prompt", "be brief", "--prefill-response", "jumps over", "-m", "8"];
    expect(await report(...args)).toMatchObject({ tokens: wanted.tokens, prompt_tokens: wanted.prompt_tokens });
  });

  test("gives the prompt as it is where the template is not wanted", async () => {
    const ids = Array.from(tokenizer.encode("hello\nworld").ids).join(",");
    const wanted = await report("--prompt-ids", ids, "-m", "8");
    expect((await report("-p", "hello\\nworld", "--ignore-chat-template", "-m", "8")).tokens).toEqual(wanted.tokens);
  });

  test("ends at tokens and texts that it is told, several of each", async () => {
    const whole = await report("--prompt-ids", "1,10,50", "-m", "16");
    const token = whole.tokens[5]!;
    const first = whole.tokens.indexOf(token);
    const ended = await report(
      "--prompt-ids",
      "1,10,50",
      "--extra-eos-token",
      "<pad>",
      "--extra-eos-token",
      `${token}`,
    );
    expect(ended).toMatchObject({ finish_reason: "stop", tokens: whole.tokens.slice(0, first) });
    expect(ended.generation_tokens).toBe(first + 1);
    const words = await report("--prompt-ids", "1,10,50", "--extra-eos-token", "<pad>", `${token}`, "-m", "16");
    expect(words).toMatchObject({ finish_reason: "stop", tokens: ended.tokens });
    const stray = await run(["generate", "--model", model, "--extra-eos-token", "<pad>", "--", "hello"]);
    expect(stray).toMatchObject({ code: 2, stderr: expect.stringContaining('also given "hello"') });
    const stop = whole.text.slice(4, 7);
    const cut = await report("--prompt-ids", "1,10,50", "--stop", "a,b", `--stop=${stop}`);
    expect(cut).toMatchObject({ finish_reason: "stop", text: whole.text.slice(0, whole.text.indexOf(stop)) });
    const line = await report("--prompt-ids", "1,10,50", "--logit-bias", `{"${chatIds("\n")}": 100}`, "--stop", "\\n");
    expect(line).toMatchObject({ finish_reason: "stop", text: "", generation_tokens: 1 });
  });

  test("draws the same for a seed, and otherwise for another", async () => {
    const args = ["--prompt-ids", "1,10,50", "-m", "12", "--temp", "1", "--top-p", "0.95"];
    const [a, b, c] = [
      await report(...args, "--seed", "3"),
      await report(...args, "--seed", "3"),
      await report(...args, "--seed", "4"),
    ];
    expect(a.tokens).toEqual(b.tokens);
    expect(a.tokens).not.toEqual(c.tokens);
  });

  test("with a draft model gives the same tokens, and counts the guesses", async () => {
    const plain = await report("--prompt-ids", "1,10,50", "-m", "12");
    const args = ["--prompt-ids", "1,10,50", "-m", "12", "--draft-model", model, "--num-draft-tokens", "2"];
    const drafted = await report(...args);
    expect(drafted.tokens).toEqual(plain.tokens);
    expect(drafted.draft_tokens).toBeGreaterThan(4);
  });

  test("goes on from a saved prompt as if all had been one", async () => {
    const file = project.path("prompt.safetensors");
    const saved = await run(["generate", "--model", model, "-p", "hello", "--save-prompt-cache", file, "--json"]);
    expect(JSON.parse(saved.stdout)).toMatchObject({
      file,
      prompt_tokens: chatIds("<|im_start|>user\nhello").split(",").length,
    });
    const after = ["--prompt-cache-file", file, "-m", "10"];
    const ids = chatIds(`<|im_start|>user\nhello`);
    const rest = chatIds(` world<|im_end|>\n${ANSWER}`);
    const wanted = await report("--prompt-ids", `${ids},${rest}`, "-m", "10");
    expect((await report("-p", " world", ...after)).tokens).toEqual(wanted.tokens);
    expect((await report("--prompt-ids", rest, ...after)).tokens).toEqual(wanted.tokens);
    const named = await run(["generate", "-p", " world", ...after, "--json"]);
    expect(JSON.parse(named.stdout)).toMatchObject({ tokens: wanted.tokens });
    // The rest begins where the question does, not at a text in the system prompt that looks like its mark.
    const told = ["--system-prompt", "<query> <<query>>", "-p", " world", ...after];
    expect((await report(...told)).tokens).toEqual(wanted.tokens);
    const other = await tinyModel("qwen2");
    const foreign = await run(["generate", "--model", other, "-p", "x", ...after]);
    expect(foreign).toMatchObject({ code: 1, stdout: "" });
    expect(foreign.stderr).toContain("it was made with the model");
  });

  test("tells the template as training does whether the model thinks, unless told otherwise", async () => {
    const open = project.path("thinking");
    cpSync(model, open, { recursive: true });
    const template = "{{ messages[-1].content }}{{ ' hello' if enable_thinking is not defined else enable_thinking }}";
    project.write("thinking/chat_template.jinja", template);
    const tokens = async (...more: string[]) => {
      const args = ["--model", open, "-m", "4", "--json", ...more];
      return JSON.parse((await run(["generate", "-p", "fox", ...args])).stdout).prompt_tokens;
    };
    // The tiny vocabulary has no <think>: mlx-lm then says false.
    const lengthOf = (text: string) => chatIds(text).split(",").length;
    expect(await tokens()).toBe(lengthOf("foxFalse"));
    expect(await tokens("--chat-template-config", '{"enable_thinking": "brown jumps"}')).toBe(
      lengthOf("foxbrown jumps"),
    );
  });

  test("says when a template hides where the question begins", async () => {
    const loud = project.path("loud");
    cpSync(model, loud, { recursive: true });
    project.write("loud/chat_template.jinja", "{{ messages[-1].content | upper }}");
    const args = ["generate", "--model", loud, "-p", "hello"];
    expect(await run([...args, "--save-prompt-cache", "loud.safetensors"])).toMatchObject({ code: 1 });
    expect((await run([...args, "--ignore-chat-template", "--save-prompt-cache", "loud.safetensors"])).code).toBe(0);
    const { code, stderr } = await run([...args, "--prompt-cache-file", "loud.safetensors"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("changes the question") });
  });

  test("takes mlx-lm's adapters, and says which part of one is missing", async () => {
    const adapter = project.path("adapter");
    const spec = { fine_tune_type: "lora", num_layers: 2, lora_parameters: { rank: 4, scale: 20, dropout: 0 } };
    await sameLibrary("test/parity/lora_reference.py", [{ op: "train", model, seed: 1, spec, out: adapter }]);
    const [theirs] = await sameLibrary<{ tokens: number[] }>("test/parity/generate_reference.py", [
      { model, adapter, fresh: true, seed: 7, prompt: [1, 10, 50], max_tokens: 16, sampler: { temp: 0.8 } },
    ]);
    const args = ["--prompt-ids", "1,10,50", "-m", "16", "--temp", "0.8", "--seed", "7", "--ignore-eos"];
    const adapted = await report(...args, "--adapter-path", adapter);
    expect(adapted.tokens).toEqual(theirs!.tokens);
    expect((await report(...args)).tokens).not.toEqual(adapted.tokens);
    rmSync(join(adapter, "adapters.safetensors"));
    const missing = await run(["generate", "--model", model, "-p", "x", "--adapter", adapter]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("the adapter's arrays are missing");
  });

  test("ends with 130 when it is interrupted", async () => {
    const child = Bun.spawn(
      mdpCommand(["generate", "--model", model, "-m", "-1", "--ignore-eos", "--max-kv-size", "32", "-p", "x"]),
      { stdout: "pipe", stderr: "pipe" },
    );
    const reader = child.stdout.getReader();
    await reader.read();
    reader.releaseLock();
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
  });

  test("without a tokenizer takes ids alone", async () => {
    const bare = project.path("bare");
    cpSync(model, bare, { recursive: true });
    rmSync(join(bare, "tokenizer.json"));
    const ids = await run(["generate", "--model", bare, "--prompt-ids", "1,10,50", "-m", "4", "--json"]);
    expect(JSON.parse(ids.stdout)).toMatchObject({ text: "", generation_tokens: 4 });
    const text = await run(["generate", "--model", bare, "-p", "hello"]);
    expect(text.code).toBe(1);
    expect(text.stderr).toContain("no tokenizer");
  });
});

/** Stands for more ids than the model has positions. */
const LONG = "7,7,…";

describe("mistakes are named, with the next step:", () => {
  test.each<[string[], number, RegExp]>([
    [["--prompt-ids", "1,x"], 2, /--prompt-ids has "x"/],
    [["--prompt-ids", "1", "-p", "x"], 2, /contradict/],
    [["--prompt-ids", "1,99999"], 1, /token 2 is 99999/],
    [["--prompt-ids", LONG], 1, /600 tokens, and the model takes 512/],
    [["-p", "", "--ignore-chat-template", "-m", "0"], 2, /max-tokens is 0/],
    [["-p", "x", "--temp", "hot"], 2, /--temp is "hot"/],
    [["-p", "x", "--temp", "-1"], 2, /temperature is -1/],
    [["-p", "x", "--logit-bias", "{"], 2, /--logit-bias .* not JSON/],
    [["-p", "x", "--logit-bias", '{"": 1}'], 2, /--logit-bias .*it has "": 1/],
    [["-p", "x", "--logit-bias", '{"5": 1e400}'], 2, /--logit-bias .*it has "5": Infinity/],
    [["-p", "x", "--chat-template-config", "[1]"], 2, /chat-template-config is not a JSON object/],
    [["-p", "x", "--extra-eos-token", "<nothing>"], 1, /no token "<nothing>"/],
    [["-p", "x", "--max-kv-size", "64", "--kv-bits", "4"], 2, /limited and quantized/],
    [["-p", "x", "--kv-bits", "4", "--quantized-kv-start", "0"], 2, /quantized in groups of 64/],
    [["-p", "x", "--adapter", "a", "--adapter-path", "b"], 2, /contradict/],
    [["-p", "x", "--save-prompt-cache", "cache.bin"], 2, /does not end in .safetensors/],
    [["-p", "x", "--prompt-cache-file", "nothing.safetensors"], 1, /nothing.safetensors/],
    [["-p", "x", "--draft-model", "nowhere"], 1, /"nowhere" was not found/],
  ])("%p", async (args, code, message) => {
    const given = args.map((arg) => (arg === LONG ? new Array(600).fill(7).join(",") : arg));
    const found = await run(["generate", "--model", model, ...given]);
    expect(found.stderr).toMatch(message);
    expect(found).toMatchObject({ code, stdout: "" });
  });

  test("no model", async () => {
    expect(await run(["generate", "-p", "x"])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("mdp chat", () => {
  const chat = async (lines: string[], ...args: string[]) => {
    const found = await run(["chat", "--model", model, "-m", "6", ...args], lines.map((line) => `${line}\n`).join(""));
    expect(found.code).toBe(0);
    return found;
  };
  const answers = async (lines: string[], ...args: string[]): Promise<GenerateReport[]> =>
    (await chat(lines, "--json", ...args)).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  test("answers each line with all that was said before in mind", async () => {
    const [first, second] = await answers(["hello", "world"]);
    const conversation = `${user("hello")}${ANSWER}`;
    expect(first!.tokens).toEqual((await report("--prompt-ids", chatIds(conversation), "-m", "6")).tokens);
    const whole = chatIds(`${conversation}${first!.text}<|im_end|>\n${user("world")}${ANSWER}`);
    expect(second!.tokens).toEqual((await report("--prompt-ids", whole, "-m", "6")).tokens);
    expect(second!.prompt_tokens).toBeLessThan(whole.split(",").length - 10);
  });

  test("with a cache of limited size goes on too", async () => {
    const found = await answers(["hello", "world", "again"], "--max-kv-size", "24");
    expect(found.map(({ generation_tokens }) => generation_tokens)).toEqual([6, 6, 6]);
  });

  test("begins anew after r, helps after h, and ends after q", async () => {
    const found = await answers(["hello", "r", "hello", "", "q", "world"]);
    expect(found.map(({ tokens }) => tokens)).toEqual([found[0]!.tokens, found[0]!.tokens]);
    expect((await chat(["/help", "/exit"])).stderr).toContain("/reset");
  });

  test("writes answers as lines, and takes a system prompt", async () => {
    const [answer] = await answers(["hello"], "--system-prompt", "be brief");
    const { stdout } = await chat(["hello"], "--system-prompt", "be brief");
    expect(stdout.trimEnd()).toBe(answer!.text.trimEnd());
    const ids = chatIds(`<|im_start|>system\nbe brief<|im_end|>\n${user("hello")}${ANSWER}`);
    expect(answer!.tokens).toEqual((await report("--prompt-ids", ids, "-m", "6")).tokens);
  });
});
