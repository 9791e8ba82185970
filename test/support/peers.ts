/** The Python peers that parity tests compare with, and the model that they share. */
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** Folder of the default model, put there by the set-up. */
export const MODEL_DIR = process.env.MDP_TEST_MODEL ?? join(ROOT, ".models/all-MiniLM-L6-v2");

/** The interpreter with the packages of `test/parity/requirements.txt`. */
export const PYTHON = process.env.MDP_PYTHON ?? join(ROOT, ".venv/bin/python");

/** Runs a script of this repository and gives its output line by line; throws with its stderr when it fails. */
export async function python(script: string, args: readonly string[], stdin: string | Uint8Array): Promise<string[]> {
  const process = Bun.spawn([PYTHON, join(ROOT, script), ...args], {
    stdin: new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
    process.exited,
  ]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.split("\n").slice(0, -1);
}
