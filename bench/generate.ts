/**
 * Generation against mlx-lm, in turn, on the same MLX library:
 * `bun bench/generate.ts [--sizes tiny,100m] [--prompt-tokens 512] [--tokens 128] [--rounds 3]`.
 * Prints tokens per second of prompt and answer, peak memory, the time from the start of the process to the first token,
 * the processor time of each (what a run takes beyond one of a single token, or of a prompt of two tokens; its least, which
 * other work on the machine disturbs less), and the time to load a checkpoint against that of reading its file.
 * `--compile` lets mlx-lm use its run-time compiler. Needs .venv.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDecoder } from "../src/models/load-decoder.ts";
import { medianRatio, randomLlama, run, runMlxLm } from "./support/mlx-lm.ts";

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

/** Of one process, with its processor time and its time by the clock, in seconds. */
interface Measured extends Speed {
  cpu: number;
  wall: number;
}

type Generate = (model: string, promptTokens: number, tokens: number) => Promise<Measured>;

/** The ids that mlx_lm_speed.py takes, too. */
const promptIds = (count: number) => Array.from({ length: count }, (_, i) => 3 + (i % 400)).join(",");

const ours: Generate = async (model, promptTokens, tokens) => {
  const started = performance.now();
  const args = ["generate", "--model", model, "--prompt-ids", promptIds(promptTokens), "--max-tokens", String(tokens)];
  const { output, cpu } = await run([binary, ...args, "--ignore-eos", "--json"]);
  const wall = (performance.now() - started) / 1000;
  const { prompt_tps, generation_tps, peak_memory } = JSON.parse(output);
  return { promptTps: prompt_tps, generationTps: generation_tps, peakBytes: peak_memory * 1e9, cpu, wall };
};

const theirs: Generate = async (model, promptTokens, tokens) => {
  const started = performance.now();
  const { output, cpu } = await runMlxLm(["generate", model, String(promptTokens), String(tokens)], values);
  return { ...(JSON.parse(output) as Speed), cpu, wall: (performance.now() - started) / 1000 };
};

interface Round extends Speed {
  /** Seconds of a process until its first token, by the clock. */
  first: number;
  /** Seconds of processor time: of a generated token, and of the prompt. */
  tokenCpu: number;
  promptCpu: number;
}

async function round(generate: Generate, model: string, promptTokens: number, tokens: number): Promise<Round> {
  const short = await generate(model, 2, 1);
  const prompt = await generate(model, promptTokens, 1);
  const all = await generate(model, promptTokens, tokens);
  const tokenCpu = (all.cpu - prompt.cpu) / (tokens - 1);
  return { ...all, first: short.wall, tokenCpu, promptCpu: prompt.cpu - short.cpu };
}

/** Milliseconds of the fastest of several: the model's, of its file into a new buffer, and of its file piece by piece. */
async function loading(model: string): Promise<string> {
  const file = join(model, readdirSync(model).find((name) => name.endsWith(".safetensors"))!);
  const read = (buffer: (bytes: number) => Uint8Array) => async () => {
    const descriptor = openSync(file, "r");
    const { size } = fstatSync(descriptor);
    const into = buffer(size);
    let at = 0;
    while (at < size)
      at += readSync(descriptor, into, at % into.length, Math.min(into.length - (at % into.length), size - at), at);
    closeSync(descriptor);
  };
  const ways = [
    async () => (await openDecoder(model))[Symbol.dispose](),
    read((bytes) => new Uint8Array(bytes)),
    read(() => new Uint8Array(8 << 20)),
  ];
  const least = ways.map(() => Number.POSITIVE_INFINITY);
  for (let i = 0; i < 5; i++) {
    for (const [way, work] of ways.entries()) least[way] = Math.min(least[way]!, (await seconds(work)) * 1000);
  }
  const [load, whole, pieces] = least.map((ms) => ms.toFixed(0));
  return `load ${load} ms, read into a new buffer ${whole} ms, into one of 8 MB again and again ${pieces} ms`;
}

async function seconds(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}

try {
  const [promptTokens, tokens] = [Number(values["prompt-tokens"]), Number(values.tokens)];
  for (const size of values.sizes.split(",")) {
    const model = await randomLlama(work, size);
    const [a, b]: [Round[], Round[]] = [[], []];
    for (let i = 0; i < Number(values.rounds); i++) {
      a.push(await round(ours, model, promptTokens, tokens));
      b.push(await round(theirs, model, promptTokens, tokens));
    }
    const of = (rounds: readonly Round[], key: keyof Round) => rounds.map((one) => one[key]);
    const line = (name: string, key: keyof Round, best: "most" | "least", unit = 1, digits = 0) => {
      const [x, y] = [a, b].map((rounds) => Math[best === "most" ? "max" : "min"](...of(rounds, key)) / unit) as [
        number,
        number,
      ];
      const middle = medianRatio(of(a, key), of(b, key));
      console.log(
        `${size} ${name}: mdp ${x.toFixed(digits)}, mlx-lm ${y.toFixed(digits)}: ${(x / y).toFixed(2)}× (median of the rounds ${middle}×)`,
      );
    };
    line("prompt tokens/s", "promptTps", "most");
    line("generated tokens/s", "generationTps", "most", 1, 1);
    line("ms of CPU for the prompt", "promptCpu", "least", 1e-3, 1);
    line("ms of CPU for a token", "tokenCpu", "least", 1e-3, 2);
    line("peak MB", "peakBytes", "least", 1e6);
    line("seconds from start to first token", "first", "least", 1, 2);
    console.log(`${size}: ${await loading(model)}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
