/** Goal: while `mdp watch` runs, what the project holds follows the files, whatever happens to them. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { lockProject } from "../../src/manifest/lock.ts";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import { mdpCommand, TempProject } from "../support/project.ts";

/** The limit of a user namespace of one's own, which nobody else feels. */
const LIMIT = "/proc/sys/user/max_inotify_watches";
const ownLimits =
  process.platform === "linux" && Bun.which("unshare") !== null
    ? Bun.spawnSync(["unshare", "-Ur", "sh", "-c", `echo 1000 > ${LIMIT}`], { stderr: "ignore" }).exitCode === 0
    : false;

/** A watching process; its reports are read one by one. */
class Watch implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #reports: AsyncIterator<IngestReport>;
  stderr = "";
  readonly #told: Promise<void>;

  constructor(project: TempProject, args: string[], under: readonly string[] = []) {
    const watch = mdpCommand(["watch", "--debounce-ms", "150", "--json", "--log-format", "json", ...args]);
    const command = [...under, ...watch];
    this.#child = Bun.spawn(command, { cwd: project.dir, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    this.#reports = reportsOf(this.#child.stdout);
    this.#told = this.#listen();
  }

  async next(): Promise<IngestReport> {
    const { value, done } = await this.#reports.next();
    if (done) throw new Error(`mdp watch has ended: ${this.stderr}`);
    return value;
  }

  /** Waits until stderr has said something, or is over. */
  async says(text: string): Promise<void> {
    let over = false;
    void this.#told.then(() => {
      over = true;
    });
    while (!over && !this.stderr.includes(text)) await Bun.sleep(10);
    expect(this.stderr).toContain(text);
  }

  /** Its exit code when it ends by itself. */
  async ended(): Promise<number> {
    await this.#told;
    return await this.#child.exited;
  }

  /** Its exit code, and what it reported that was not read. */
  async stop(): Promise<{ code: number; rest: IngestReport[] }> {
    this.#child.kill("SIGINT");
    const rest: IngestReport[] = [];
    for (let got = await this.#reports.next(); !got.done; got = await this.#reports.next()) rest.push(got.value);
    await this.#told;
    return { code: await this.#child.exited, rest };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async #listen(): Promise<void> {
    for await (const part of this.#child.stderr.pipeThrough(new TextDecoderStream())) this.stderr += part;
  }
}

async function* reportsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<IngestReport> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
      yield JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
    }
  }
}

const counts = ({ added, updated, moved, deleted }: IngestReport) => ({ added, updated, moved, deleted });
const only = (what: Partial<ReturnType<typeof counts>>) => ({ added: 0, updated: 0, moved: 0, deleted: 0, ...what });

async function watching(project: TempProject, ...args: string[]): Promise<Watch> {
  const watch = new Watch(project, args);
  await watch.next();
  await watch.says("watching ");
  return watch;
}

/** Makes several changes while no round can begin, so that they are of one however long they take. */
async function atOnce(project: TempProject, change: () => void): Promise<void> {
  using _lock = await locked(project);
  change();
}

/** The project's lock, as soon as no round holds it. */
async function locked(project: TempProject): Promise<Disposable> {
  for (;;) {
    try {
      return lockProject(project.path(".mdp"), "ingest");
    } catch (error) {
      expect(error).toMatchObject({ code: "project-locked" });
      await Bun.sleep(10);
    }
  }
}

describe("mdp watch", () => {
  test("follows edits, new folders, renames and deletions, and ends at Ctrl-C with 130", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n\nOne.\n" });
    await using watch = await watching(project, "docs");

    project.write("docs/a.md", "# A\n\nTwo.\n");
    expect(counts(await watch.next())).toEqual(only({ updated: 1 }));

    project.write("docs/deep/er/b.md", "# B\n");
    expect(counts(await watch.next())).toEqual(only({ added: 1 }));

    // In a folder that was made while it ran, and an editor's way to save: another file takes the name.
    writeFileSync(project.path("docs/deep/er/.b.md.tmp"), "# B, better\n");
    renameSync(project.path("docs/deep/er/.b.md.tmp"), project.path("docs/deep/er/b.md"));
    expect(counts(await watch.next())).toEqual(only({ updated: 1 }));

    renameSync(project.path("docs/deep"), project.path("docs/flat"));
    expect(counts(await watch.next())).toEqual(only({ moved: 1 }));
    project.write("docs/flat/er/c.md", "# C\n");
    expect(counts(await watch.next())).toEqual(only({ added: 1 }));

    await atOnce(project, () => rmSync(project.path("docs/flat"), { recursive: true }));
    expect(counts(await watch.next())).toEqual(only({ deleted: 2 }));
    project.write("docs/flat/d.md", "# D\n");
    expect(counts(await watch.next())).toEqual(only({ added: 1 }));

    expect(await watch.stop()).toEqual({ code: 130, rest: [] });
    const listed = await project.run("list");
    expect(listed.stdout).toContain("docs/flat/d.md");
  });

  test("takes ten thousand changes at once for one", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n" });
    await using watch = await watching(project, "docs", "--debounce-ms", "600ms", "--longest-wait-ms", "60s");
    await atOnce(project, () => {
      mkdirSync(project.path("docs/many"));
      for (let i = 0; i < 5_000; i++) writeFileSync(project.path(`docs/many/${i}.md`), "the same\n");
      for (let i = 5; i < 5_000; i++) rmSync(project.path(`docs/many/${i}.md`));
    });
    const report = await watch.next();
    expect(counts(report)).toEqual(only({ added: 5 }));
    expect(await watch.stop()).toEqual({ code: 130, rest: [] });
    // The first, that of the changes, and one more where a pause among them was longer than the quiet time.
    expect(watch.stderr.match(/"message":"round"/g)!.length).toBeLessThanOrEqual(3);
  });

  test("leaves ignored files alone, and takes up changed rules", async () => {
    using project = new TempProject({
      "docs/.gitignore": "*.log\nbuild/\n",
      "docs/a.md": "# A\n",
      "docs/b.md": "# B\n",
      "docs/build/x.md": "# X\n",
    });
    await using watch = await watching(project, "docs");
    project.write("docs/noise.log", "noise");
    project.write("docs/build/y.md", "# Y\n");
    await Bun.sleep(600);
    expect(watch.stderr).not.toContain('"changes":1');
    project.write("docs/.gitignore", "*.log\nbuild/\nb.md\n");
    expect(counts(await watch.next())).toEqual(only({ deleted: 1 }));
    project.write("docs/.gitignore", "*.log\n");
    expect(counts(await watch.next())).toEqual(only({ added: 3 }));
  });

  test("takes up a changed mdp.yaml, and keeps to the one from before while it is broken", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n", "docs/b.md": "# B\n" });
    await using watch = await watching(project, "docs");
    project.write("mdp.yaml", "ingest:\n  exclude: [b.md]\n");
    expect(counts(await watch.next())).toEqual(only({ deleted: 1 }));
    await watch.says("mdp.yaml has changed");
    project.write("mdp.yaml", "ingest:\n  exclude: [\n");
    await watch.says("the settings from before hold");
    project.write("docs/c.md", "# C\n");
    expect(counts(await watch.next())).toEqual(only({ added: 1 }));
    rmSync(project.path("mdp.yaml"));
    expect(counts(await watch.next())).toEqual(only({ added: 1 }));
  });

  test("outlives a round that fails, and a bad file", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n" });
    await using watch = await watching(project, "docs");
    renameSync(project.path("docs"), project.path("elsewhere"));
    await watch.says('"code":"root-empty"');
    expect(watch.stderr).toContain("does not exist any more");
    project.write("elsewhere/b.pdf", "%PDF-1.4 broken");
    project.write("elsewhere/b.md", "# B\n");
    renameSync(project.path("elsewhere"), project.path("docs"));
    const report = await watch.next();
    expect(report).toMatchObject({ added: 1, rejected: 1 });
    await watch.says('"message":"reject","path":"docs/b.pdf"');
  });

  test("waits while another process writes to the project", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n" });
    await using watch = await watching(project, "docs");
    {
      using _lock = await locked(project);
      project.write("docs/b.md", "# B\n");
      await watch.says("waiting: ");
    }
    expect(counts(await watch.next())).toEqual(only({ added: 1 }));
  });

  test("of one file sees it replaced, and no other", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n", "docs/b.md": "# B\n" });
    await using watch = await watching(project, "docs/a.md");
    project.write("docs/b.md", "# B, changed\n");
    writeFileSync(project.path("docs/new"), "# A, changed\n");
    renameSync(project.path("docs/new"), project.path("docs/a.md"));
    expect(await watch.next()).toMatchObject({ scanned: 1, updated: 1 });
    expect((await watch.stop()).rest).toEqual([]);
  });

  test("with --poll looks for changes itself", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n" });
    await using watch = new Watch(project, ["docs", "--poll", "--poll-ms", "200"]);
    await watch.next();
    await watch.says("looking for changes every 0.2 s");
    project.write("docs/new/b.md", "# B\n");
    expect(counts(await watch.next())).toEqual(only({ added: 1 }));
    rmSync(project.path("docs/a.md"));
    expect(counts(await watch.next())).toEqual(only({ deleted: 1 }));
  });

  test("ends with an error when the project is removed, and makes none in its place", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n" });
    await using watch = await watching(project);
    // At a stroke, so that no round begins in a part of it.
    const away = `${project.dir}-away`;
    renameSync(project.path(".mdp"), away);
    rmSync(project.dir, { recursive: true });
    rmSync(away, { recursive: true });
    expect(await watch.ended()).toBe(1);
    expect(watch.stderr).toContain('"code":"project-gone"');
    expect(existsSync(project.dir)).toBe(false);
  });

  test.skipIf(!ownLimits)("looks for changes itself beyond the system's limit, and says which that is", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n" });
    for (let i = 0; i < 20; i++) project.write(`docs/d${i}/a.md`, `# Number ${i}\n`);
    const limited = ["unshare", "-Ur", "sh", "-c", 'echo 5 > "$0" && exec "$@"', LIMIT];
    await using watch = new Watch(project, ["docs", "--poll-ms", "200"], limited);
    await watch.next();
    await watch.says("looking for changes every 0.2 s");
    expect(watch.stderr).toMatch(/the limit of watched folders is reached, fs\.inotify\.max_user_watches = \d+;/);
    expect(watch.stderr).toContain("sudo sysctl fs.inotify.max_user_watches=");
    project.write("docs/d19/b.md", "# New\n");
    expect(counts(await watch.next())).toEqual(only({ added: 1 }));
  });

  test("without paths follows what was ingested before", async () => {
    using project = new TempProject({ "docs/a.md": "# A\n", "other/x.md": "# X\n" });
    await project.run("ingest", "docs");
    await using watch = await watching(project);
    project.write("other/y.md", "# Y\n");
    project.write("docs/b.md", "# B\n");
    expect(await watch.next()).toMatchObject({ added: 1, scanned: 2 });
  });
});
