/**
 * Generation against mlx-lm, in turn, on the same MLX library:
 * `bun bench/generate.ts [--sizes tiny,100m] [--prompt-tokens 512] [--tokens 128] [--rounds 3]`.
 * Prints tokens per second of prompt and answer, peak memory, the time from the start of the process to the first token,
 * and the time to load a checkpoint against that of reading its file. Needs .venv.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mlxLm, randomLlama } from "./support/mlx-lm.ts";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "tiny,100m" },
    "prompt-tokens": { type: "string", default: "512" },
    tokens: { type: "string", default: "128" },
    rounds: { type: "string", default: "3" },
    compile: { type: "boolean", default: false },
  },
});
const binary = process.env.MDP_BIN ?? join(import.meta.dir, "..", "mdp");
const work = mkdtempSync(join(tmpdir(), "mdp-bench-"));

interface Speed {
  promptTps: number;
  generationTps: number;
  peakBytes: number;
}

interface Report {
  prompt_tps: number;
  generation_tps: number;
  peak_memory: number;
}

/** The ids that mlx_lm_speed.py takes, too. */
const promptIds = (count: number) => Array.from({ length: count }, (_, i) => 3 + (i % 400)).join(",");

async function mdp(model: string, promptTokens: number, tokens: number): Promise<Report> {
  const args = ["generate", "--model", model, "--prompt-ids", promptIds(promptTokens), "--max-tokens", String(tokens)];
  const child = Bun.spawn([binary, ...args, "--ignore-eos", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const text = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`mdp generate ended with ${child.exitCode}`);
  return JSON.parse(text) as Report;
}

async function ours(model: string, promptTokens: number, tokens: number): Promise<Speed> {
  const report = await mdp(model, promptTokens, tokens);
  return { promptTps: report.prompt_tps, generationTps: report.generation_tps, peakBytes: report.peak_memory * 1e9 };
}

const theirs = (model: string, promptTokens: number, tokens: number) =>
  mlxLm<Speed>(["generate", model, String(promptTokens), String(tokens)], values);

async function seconds(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}

try {
  const [promptTokens, tokens] = [Number(values["prompt-tokens"]), Number(values.tokens)];
  for (const size of values.sizes.split(",")) {
    const model = await randomLlama(work, size);
    const [a, b]: [Speed[], Speed[]] = [[], []];
    const [firstA, firstB]: [number[], number[]] = [[], []];
    for (let round = 0; round < Number(values.rounds); round++) {
      a.push(await ours(model, promptTokens, tokens));
      b.push(await theirs(model, promptTokens, tokens));
      firstA.push(await seconds(() => mdp(model, 8, 1)));
      firstB.push(await seconds(() => theirs(model, 8, 1)));
    }
    const line = (name: string, x: number, y: number, digits: number) =>
      console.log(`${size} ${name}: mdp ${x.toFixed(digits)}, mlx-lm ${y.toFixed(digits)}: ${(x / y).toFixed(2)}×`);
    const most = (runs: readonly Speed[], key: keyof Speed) => Math.max(...runs.map((run) => run[key]));
    const least = (runs: readonly Speed[]) => Math.min(...runs.map((run) => run.peakBytes)) / 1e6;
    line("prompt tokens/s", most(a, "promptTps"), most(b, "promptTps"), 0);
    line("generated tokens/s", most(a, "generationTps"), most(b, "generationTps"), 1);
    line("peak MB", least(a), least(b), 0);
    line("seconds from start to first token", Math.min(...firstA), Math.min(...firstB), 2);
    const file = readdirSync(model).find((name) => name.endsWith(".safetensors"))!;
    const read = await seconds(() => Bun.file(join(model, file)).arrayBuffer());
    console.log(`${size} reading the weights' file: ${read.toFixed(2)} s`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
