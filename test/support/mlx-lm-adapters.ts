/** mlx-lm's low-rank layers, to compare ours with; on the same native library, so that sums come out in one order. */
import { join } from "node:path";
import { PYTHON } from "./peers.ts";

const ROOT = join(import.meta.dir, "../..");

/** Requests and answers of test/parity/lora_reference.py, all in one process. */
export async function mlxLmAdapters<T = unknown>(requests: readonly Record<string, unknown>[]): Promise<T[]> {
  return sameLibrary<T>("test/parity/lora_reference.py", requests);
}

/** Runs a script on JSON lines, with the native library that we load. */
export async function sameLibrary<T>(script: string, requests: readonly unknown[]): Promise<T[]> {
  const process = Bun.spawn([PYTHON, script], {
    cwd: ROOT,
    env: { ...Bun.env, LD_PRELOAD: ".mlx/lib/libmlx.so", MLX_DISABLE_COMPILE: "1", HF_HUB_OFFLINE: "1" },
    stdin: new Blob([requests.map((request) => `${JSON.stringify(request)}\n`).join("")]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
    process.exited,
  ]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}
