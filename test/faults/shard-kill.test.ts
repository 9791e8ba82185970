/** Making shards may end at any moment: going on must give the bytes of a run that was never disturbed. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { numbers } from "../support/corpus.ts";
import { MODEL_DIR } from "../support/peers.ts";
import { untilSeen } from "../support/progress.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { prose, trainingCorpus, treeHashes } from "../support/training-corpus.ts";

// Each test starts several processes.
setDefaultTimeout(300_000);

const corpus = trainingCorpus(400);
const ARGS = ["shard", "raw", "--out", "out", "--pack", "--seq-len", "128", "--tokenizer", MODEL_DIR];
/** Many small tasks and shards, so that a run has many points at which it can be half done. */
const SMALL = ["--task-bytes", "40kB", "--max-tokens-per-shard", "5000", "--workers", "2", "--json"];
const KILLS = 20;
/** What holds absolute paths, times or process ids. */
const NOT_OUTPUT = /^(\.cache\/(lock|plan|numbering|history)|raw\/)/;

let clean: TempProject;
let expected: Record<string, string>;
/** Files and folders that an undisturbed run makes. */
let steps: number;

const start = (project: TempProject, ...more: string[]) =>
  Bun.spawn(mdpCommand([...ARGS, ...SMALL, ...more]), {
    cwd: project.dir,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });

/** The same files with the same times, so that a run may go on in another place. */
const fresh = () => new TempProject(corpus.files);

beforeAll(async () => {
  clean = fresh();
  const child = start(clean);
  steps = await untilSeen(clean.path("out"), child, Number.POSITIVE_INFINITY);
  expect(await child.exited).toBe(0);
  expected = treeHashes(clean.path("out"), NOT_OUTPUT);
  expect(Object.keys(expected).filter((path) => path.startsWith("shards/train/")).length).toBeGreaterThan(3);
}, 300_000);
afterAll(() => clean[Symbol.dispose]());

describe("mdp shard", () => {
  test(`equals an undisturbed run after kill -9 at ${KILLS} random points`, async () => {
    const next = numbers(11_25);
    let killed = 0;
    const stages = new Set<string>();
    // The test would be empty if the runs had ended, or had not begun, before they were killed.
    for (let i = 0; i < KILLS || killed < KILLS / 2 || stages.size < 3; i++) {
      using project = fresh();
      const child = start(project);
      const seen = await untilSeen(project.path("out"), child, next(Math.ceil(steps * 0.95)));
      await Bun.sleep(next(10));
      child.kill("SIGKILL");
      await child.exited;
      if (!existsSync(project.path("out/manifest.json"))) killed++;
      // On a machine that is busy in another way than before, fewer are seen of those that vanish again.
      else steps = Math.min(steps, seen);
      stages.add(stageOf(project));
      const resumed = await project.run(...ARGS, ...SMALL, "--resume");
      expect([resumed.code, resumed.stderr]).toEqual([0, ""]);
      expect(treeHashes(project.path("out"), NOT_OUTPUT)).toEqual(expected);
    }
  }, 900_000);

  test("stops on Ctrl-C with exit code 130, says how to go on, and goes on", async () => {
    const { project: cut, child } = await ended("SIGINT");
    using project = cut;
    expect(child.exitCode).toBe(130);
    expect(await child.stderr.text()).toContain("--resume");
    const refused = await project.run(...ARGS, ...SMALL);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("--resume")]);
    expect((await project.run(...ARGS, ...SMALL, "--resume")).code).toBe(0);
    expect(treeHashes(project.path("out"), NOT_OUTPUT)).toEqual(expected);
  }, 300_000);
});

/** How far the killed run had come. */
function stageOf(project: TempProject): string {
  const has = (path: string) => {
    try {
      return readdirSync(project.path(`out/${path}`)).length > 0;
    } catch {
      return false; // It is not there, or a worker that outlives the run has just removed it.
    }
  };
  for (const stage of ["shards", "staging/shards", "staging/finished", "staging/dedup", "staging/read", "staging"]) {
    if (has(stage)) return stage;
  }
  return "nothing";
}

describe("--resume refuses what has changed, and names it:", () => {
  const changes: [string, (project: TempProject) => string[] | undefined, string][] = [
    ["a setting", () => ["--seq-len", "64"], "the setting shard.seqLen was 128 and is now 64"],
    ["another preset", () => ["--preset", "none"], "the setting curate."],
    ["a new input", (project) => void writeFileSync(project.path("raw/new.txt"), prose(1, 90)), "new.txt"],
    ["a lost input", (project) => void rmSync(project.path("raw/notes/note3.txt")), "note3.txt"],
    ["a changed input", (project) => void writeFileSync(project.path("raw/notes/note2.txt"), "other"), "note2.txt"],
  ];
  test.each(changes)(
    "%s",
    async (_, change, message) => {
      using project = await interrupted();
      const run = await project.run(...ARGS, ...SMALL, "--resume", ...(change(project) ?? []));
      const { error } = JSON.parse(run.stderr || run.stdout) as {
        error: { code: string; message: string; where: string };
      };
      expect([run.code, error.code]).toEqual([1, "plan-changed"]);
      expect(`${error.message} ${error.where}`).toContain(message);
    },
    300_000,
  );

  test("an input that was only touched is the same", async () => {
    using project = await interrupted();
    utimesSync(project.path("raw/notes/note0.txt"), new Date(), new Date());
    expect((await project.run(...ARGS, ...SMALL, "--resume")).code).toBe(0);
    expect(treeHashes(project.path("out"), NOT_OUTPUT)).toEqual(expected);
  }, 300_000);
});

/** A project whose run was killed after its first task. */
async function interrupted(): Promise<TempProject> {
  return (await ended("SIGKILL")).project;
}

/** A project whose run was ended by a signal after its first task; another one where the run was quicker. */
async function ended(signal: "SIGINT" | "SIGKILL") {
  for (;;) {
    const project = fresh();
    const child = start(project);
    while (!existsSync(project.path("out/staging/read/00000.json")) && child.exitCode === null) await Bun.sleep(2);
    child.kill(signal);
    await child.exited;
    if (!existsSync(project.path("out/manifest.json"))) return { project, child };
    project[Symbol.dispose]();
  }
}
