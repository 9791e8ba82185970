/** An ingest that cannot end before it is let go, so that what a test does meanwhile comes in time on any machine. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mdp, mdpCommand, type Run, TempProject } from "./project.ts";

/** Reads the last file of `docs`: waits for the file `go`, or for the end of the ingest. */
const WAIT = 'while [ ! -e go ] && kill -0 $PPID; do sleep 0.02; done; echo \'{"text": "This was held back."}\'';
const YAML = `formats:
  held:
    command: ${JSON.stringify(["sh", "-c", WAIT])}
    extensions: [held]
    timeoutMs: 1h
`;

export class HeldProject extends TempProject {
  readonly #env = { MDP_VECTORS: this.vectors, XDG_STATE_HOME: join(this.dir, "user") };

  /** A project whose `docs` hold one file more, which an ingest comes to when all others are read. */
  static async create(files: Record<string, string>): Promise<HeldProject> {
    const project = new HeldProject({ ...files, "docs/~.held": "", "mdp.yaml": YAML });
    const { code, stderr } = await project.run("trust");
    if (code !== 0) throw new Error(stderr);
    return project;
  }

  override run(...args: string[]): Promise<Run> {
    return mdp(args, { cwd: this.dir, env: this.#env });
  }

  start(args: readonly string[]) {
    const options = { cwd: this.dir, env: { ...process.env, ...this.#env }, stdin: "ignore" } as const;
    return Bun.spawn(mdpCommand(args), { ...options, stdout: "pipe", stderr: "pipe" });
  }

  /** Starts an ingest, and resolves when something of it has been committed: it is at work until it is let go. */
  async underWay(args: readonly string[]) {
    const child = this.start(args);
    while (!existsSync(this.path(".mdp/lancedb/chunks.lance"))) {
      if (child.exitCode !== null) throw new Error(`the ingest has ended: ${await child.stderr.text()}`);
      await Bun.sleep(5);
    }
    return child;
  }

  letGo(): void {
    this.write("go", "");
  }
}
