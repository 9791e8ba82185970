/**
 * Training against mlx-lm, in turn, on the same MLX library:
 * `bun bench/train.ts [--sizes tiny,100m] [--methods lora,full] [--iters 20] [--rounds 3]`.
 * Prints tokens per second (the best report of all rounds), peak memory, processor time of a step, and their ratios.
 * The processor time is what a run of all steps takes beyond one of a single step, at its least; other work on the machine
 * disturbs it less. Python runs without its run-time compiler, as mdp does on a CPU; `--compile` lets it compile (it needs
 * a C++ compiler then). Needs .venv.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { medianRatio, randomLlama, run, runMlxLm } from "./support/mlx-lm.ts";

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
  /** Seconds of a step. */
  cpu: number;
}

type Train = (args: readonly string[], adapters: string) => Promise<Omit<Speed, "cpu"> & { cpu: number }>;

const ours: Train = async (args, adapters) => {
  const { cpu } = await run([binary, "train", ...args, "--compat", "mlx-lm", "--adapter-path", adapters, "--quiet"]);
  const lines = readFileSync(join(adapters, "metrics.jsonl"), "utf8").trim().split("\n");
  const reports = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "train");
  return {
    tokensPerSecond: Math.max(...reports.map((report) => report.tokens_per_second)),
    peakBytes: Math.max(...reports.map((report) => report.peak_memory * 1e9)),
    cpu,
  };
};

const theirs: Train = async (args, adapters) => {
  const { output, cpu } = await runMlxLm(["train", "--train", ...args, "--adapter-path", adapters], values);
  const { tokensPerSecond, peakBytes } = JSON.parse(output) as { tokensPerSecond: number[]; peakBytes: number };
  return { tokensPerSecond: Math.max(...tokensPerSecond), peakBytes, cpu };
};

/** A run of all steps, with the processor time of one: what it takes beyond a run of a single step. */
async function measure(train: Train, args: readonly string[], steps: number): Promise<Speed> {
  const adapters = () => mkdtempSync(join(work, "adapters-"));
  const one = await train([...args, "--iters", "1"], adapters());
  const all = await train([...args, "--iters", String(steps)], adapters());
  return { ...all, cpu: (all.cpu - one.cpu) / (steps - 1) };
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
      const args = ["--model", model, "--data", data, "--fine-tune-type", method];
      args.push("--steps-per-report", "5", "--batch-size", "4", "--num-layers", "-1", "--val-batches", "1");
      args.push("--learning-rate", "1e-5", "--save-every", "100000", "--max-seq-length", "257");
      const [mdp, lm]: [Speed[], Speed[]] = [[], []];
      for (let round = 0; round < Number(values.rounds); round++) {
        mdp.push(await measure(ours, args, Number(values.iters)));
        lm.push(await measure(theirs, args, Number(values.iters)));
      }
      const speed = (runs: readonly Speed[]) => Math.max(...runs.map((one) => one.tokensPerSecond));
      const memory = (runs: readonly Speed[]) => Math.min(...runs.map((one) => one.peakBytes));
      const cpu = (runs: readonly Speed[]) => runs.map((one) => one.cpu);
      const least = (runs: readonly Speed[]) => Math.min(...cpu(runs));
      const [a, b] = [speed(mdp), speed(lm)];
      const [m, n] = [memory(mdp), memory(lm)];
      console.log(
        `${size} ${method}: mdp ${a.toFixed(0)} tokens/s, mlx-lm ${b.toFixed(0)}: ${(a / b).toFixed(2)}×; ` +
          `peak ${(m / 1e6).toFixed(0)} MB and ${(n / 1e6).toFixed(0)} MB: ${(m / n).toFixed(2)}×; ` +
          `${least(mdp).toFixed(3)} s and ${least(lm).toFixed(3)} s of CPU a step: ${(least(lm) / least(mdp)).toFixed(2)}× ` +
          `(median of the rounds ${medianRatio(cpu(lm), cpu(mdp))}×)`,
      );
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
