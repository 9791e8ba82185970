/** A project in a temporary folder, and the real command line to work on it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const MAIN = join(import.meta.dir, "../../src/main.ts");

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string;
}

/** The command that runs `mdp`: the executable named by `MDP_BIN`, else the sources. */
export function mdpCommand(args: readonly string[]): string[] {
  const binary = process.env.MDP_BIN;
  return binary ? [binary, ...args] : [process.execPath, MAIN, ...args];
}

/** Runs `mdp` to its end. */
export async function mdp(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = Bun.spawn(mdpCommand(args), {
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, ...options.env },
    stdin: options.stdin === undefined ? "ignore" : new Blob([options.stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

export class TempProject implements Disposable {
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), "mdp-project-")));
  /** Its own cache of vectors, beside it. */
  readonly vectors = `${this.dir}-vectors`;

  constructor(files: Record<string, string | Uint8Array> = {}) {
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  path(path: string): string {
    return join(this.dir, path);
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  run(...args: string[]): Promise<Run> {
    return mdp(args, { cwd: this.dir, env: { MDP_VECTORS: this.vectors } });
  }

  /** Runs with `--json` and parses stdout; the whole run is shown when it was not JSON. */
  async json<T>(...args: string[]): Promise<T> {
    const run = await this.run(...args, "--json");
    try {
      return JSON.parse(run.stdout) as T;
    } catch {
      throw new Error(`mdp ${args.join(" ")} (exit ${run.code}) printed no JSON:\n${run.stdout}\n${run.stderr}`);
    }
  }

  [Symbol.dispose](): void {
    for (const dir of [this.dir, this.vectors]) rmSync(dir, { recursive: true, force: true });
  }
}
