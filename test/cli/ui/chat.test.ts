/** Goal: on a terminal a conversation asks for lines, and Ctrl-C ends it at once. */
import { beforeAll, expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { openTokenizer } from "../../../src/tokenizers/open.ts";
import { mdp } from "../../support/project.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import { mdpOnTty } from "../tty.ts";

let model: string;
beforeAll(async () => {
  model = await tinyModel("llama");
}, 300_000);
const PROMPT = ">> ";

test("a line is answered, and the next one asked for, until q", async () => {
  const typed = ["hello\n", "/reset\n", "q\n"].map((text) => ({ after: PROMPT, text }));
  const { code, screen } = await mdpOnTty(["chat", "--model", model, "-m", "5"], { cwd: tmpdir(), typed });
  expect(code).toBe(0);
  expect(screen).toContain("q or /exit");
  expect(screen).toContain("a new conversation");
  expect(screen.split(PROMPT).length).toBe(4);
});

test("a conversation that is too long is said to be, and can begin anew", async () => {
  const small = await tinyModel("llama", { config: { max_position_embeddings: 40 } });
  const typed = ["hello\n", "world ".repeat(20), "\n", "r\n", "hello\n", "q\n"].map((text) => ({
    after: PROMPT,
    text,
  }));
  typed[2]!.after = "world";
  const { code, screen } = await mdpOnTty(["chat", "--model", small, "-m", "5"], { cwd: tmpdir(), typed });
  expect(code).toBe(0);
  expect(screen).toMatch(/the prompt has \d+ tokens, and the model takes 40; r begins a new conversation/);
  expect(screen.split(PROMPT).length).toBe(6);
}, 300_000);

test("Ctrl-C at the prompt ends with 130", async () => {
  const typed = [{ after: PROMPT, text: "\x03" }];
  const { code } = await mdpOnTty(["chat", "--model", model], { cwd: tmpdir(), typed });
  expect(code).toBe(130);
});

test("generate shows its statistics below the text", async () => {
  const args = ["generate", "--model", model, "--prompt-ids", "1,10,50", "-m", "5"];
  const { code, screen } = await mdpOnTty(args, { cwd: tmpdir() });
  expect(code).toBe(0);
  expect(screen).toMatch(/\nPrompt: 3 tokens, .*\nGeneration: 5 tokens, .*\nPeak memory: 0\.0/);
});

test("what a model writes moves no cursor of a terminal, and reaches a program as it is", async () => {
  const tokenizer = await openTokenizer(model);
  const [code] = tokenizer.encode("\x1b", { specialTokens: false }).ids;
  const args = ["--model", model, "-m", "3", "--logit-bias", `{"${code}": 100}`];
  const generate = ["generate", ...args, "--prompt-ids", "1,10,50", "--verbose", "false"];
  expect((await mdpOnTty(generate, { cwd: tmpdir() })).screen).toBe("␛␛␛\n");
  expect((await mdp(generate)).stdout).toBe("\x1b\x1b\x1b\n");
  const typed = ["hello\n", "q\n"].map((text) => ({ after: PROMPT, text }));
  const { screen } = await mdpOnTty(["chat", ...args], { cwd: tmpdir(), typed });
  expect(screen).toContain("␛␛␛\n");
  expect(screen).not.toContain("\x1b\x1b");
});
