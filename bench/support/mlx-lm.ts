/** The peer of training and generation: mlx-lm in .venv, with the MLX library that mdp loads. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { tinyModel } from "../../test/support/tiny-models.ts";

const root = join(import.meta.dir, "../..");
export const venvPython = join(root, ".venv/bin/python");

/** The same library for both: the one of Python's wheel multiplies with another BLAS. */
export const peerEnvironment = (options: { compile?: boolean } = {}): Record<string, string> => ({
  ...(process.env as Record<string, string>),
  LD_PRELOAD: join(root, ".mlx/lib/libmlx.so"),
  HF_HUB_OFFLINE: "1",
  ...(options.compile ? {} : { MLX_DISABLE_COMPILE: "1" }),
});

/** What a process wrote to its output, and the processor time that it took, in seconds. */
export interface Ran {
  output: string;
  cpu: number;
}

export async function run(command: readonly string[], env = process.env): Promise<Ran> {
  const child = Bun.spawn([...command], { env, stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.slice(0, 3).join(" ")}: ${errors}`);
  return { output, cpu: Number(child.resourceUsage()!.cpuTime.total) / 1e6 };
}

/** Runs `bench/peers/mlx_lm_speed.py` with these arguments; its output is one JSON object. */
export function runMlxLm(args: readonly string[], options: { compile?: boolean } = {}): Promise<Ran> {
  return run([venvPython, join(root, "bench/peers/mlx_lm_speed.py"), ...args], peerEnvironment(options));
}

/** Middle of the ratios of rounds that ran in turn. */
export function medianRatio(a: readonly number[], b: readonly number[]): string {
  const sorted = a.map((value, i) => value / b[i]!).sort((x, y) => x - y);
  return sorted[sorted.length >> 1]!.toFixed(2);
}

/** A llama with random weights, `tiny`, `100m` or `1g`, in `folder`. */
export async function randomLlama(folder: string, size: string): Promise<string> {
  const out = join(folder, size);
  if (existsSync(out)) return out;
  const script = join(root, "bench/peers/random_llama.py");
  const child = Bun.spawn([venvPython, script, out, size, await tinyModel("llama")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if ((await child.exited) !== 0) throw new Error(`random_llama.py ended with ${child.exitCode}`);
  return out;
}
