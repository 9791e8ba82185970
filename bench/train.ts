/**
 * Training against mlx-lm, in turn, on the same MLX library:
 * `bun bench/train.ts [--sizes tiny,100m] [--methods lora,full] [--iters 20] [--rounds 3]`.
 * Prints tokens per second (the best report of all rounds), peak memory, and their ratios. Python runs without its
 * run-time compiler, as mdp does on a CPU; `--compile` lets it compile. Needs .venv.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mlxLm, randomLlama } from "./support/mlx-lm.ts";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "tiny,100m" },
    methods: { type: "string", default: "lora,full" },
    iters: { type: "string", default: "20" },
    rounds: { type: "string", default: "3" },
    compile: { type: "boolean", default: false },
  },
});
const binary = process.env.MDP_BIN ?? join(import.meta.dir, "..", "mdp");
const work = mkdtempSync(join(tmpdir(), "mdp-bench-"));

interface Speed {
  tokensPerSecond: number;
  peakBytes: number;
}

function best(reports: readonly number[], peakBytes: number): Speed {
  return { tokensPerSecond: Math.max(...reports), peakBytes };
}

async function ours(args: readonly string[]): Promise<Speed> {
  const adapters = mkdtempSync(join(work, "adapters-"));
  const child = Bun.spawn([binary, "train", ...args, "--compat", "mlx-lm", "--adapter-path", adapters, "--quiet"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if ((await child.exited) !== 0) throw new Error(`mdp train ended with ${child.exitCode}`);
  const lines = readFileSync(join(adapters, "metrics.jsonl"), "utf8").trim().split("\n");
  const reports = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "train");
  return best(
    reports.map((report) => report.tokens_per_second),
    Math.max(...reports.map((report) => report.peak_memory * 1e9)),
  );
}

async function theirs(args: readonly string[]): Promise<Speed> {
  const adapters = mkdtempSync(join(work, "adapters-"));
  const all = ["train", "--train", ...args, "--adapter-path", adapters];
  const { tokensPerSecond, peakBytes } = await mlxLm<{ tokensPerSecond: number[]; peakBytes: number }>(all, values);
  return best(tokensPerSecond, peakBytes);
}

/** Rows of about 256 tokens for a tokenizer that knows few words. */
function writeData(dir: string): void {
  const row = (i: number) => ({
    text: Array.from({ length: 24 }, (_, j) => `the quick brown fox number ${i * 24 + j} jumps over lazy dog`).join(
      " ",
    ),
  });
  for (const [name, first, count] of [
    ["train", 0, 64],
    ["valid", 64, 4],
  ] as const) {
    const rows = Array.from({ length: count }, (_, i) => JSON.stringify(row(first + i)));
    writeFileSync(join(dir, `${name}.jsonl`), `${rows.join("\n")}\n`);
  }
}

try {
  const data = mkdtempSync(join(work, "data-"));
  writeData(data);
  for (const size of values.sizes.split(",")) {
    const model = await randomLlama(work, size);
    for (const method of values.methods.split(",")) {
      const args = ["--model", model, "--data", data, "--fine-tune-type", method, "--iters", values.iters];
      args.push("--steps-per-report", "5", "--batch-size", "4", "--num-layers", "-1", "--val-batches", "1");
      args.push("--learning-rate", "1e-5", "--save-every", "100000", "--max-seq-length", "257");
      const [mdp, lm]: [Speed[], Speed[]] = [[], []];
      for (let round = 0; round < Number(values.rounds); round++) {
        mdp.push(await ours(args));
        lm.push(await theirs(args));
      }
      const speed = (runs: readonly Speed[]) => Math.max(...runs.map((run) => run.tokensPerSecond));
      const memory = (runs: readonly Speed[]) => Math.min(...runs.map((run) => run.peakBytes));
      const [a, b] = [speed(mdp), speed(lm)];
      const [m, n] = [memory(mdp), memory(lm)];
      console.log(
        `${size} ${method}: mdp ${a.toFixed(0)} tokens/s, mlx-lm ${b.toFixed(0)}: ${(a / b).toFixed(2)}×; ` +
          `peak ${(m / 1e6).toFixed(0)} MB and ${(n / 1e6).toFixed(0)} MB: ${(m / n).toFixed(2)}×`,
      );
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
