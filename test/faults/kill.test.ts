/** An ingest may die at any moment: running it again must give the table of a run that was never disturbed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import { markdownCorpus, numbers } from "../support/corpus.ts";
import { HeldProject } from "../support/held.ts";
import { untilSeen } from "../support/progress.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { differences, readTable, type StoredRow } from "../support/table.ts";

const CORPUS = markdownCorpus(40);
/** Small commits, so that a run has many points at which it can be half done. */
const ARGS = ["ingest", "docs", "--commit-chunks", "16", "--json"];
const KILLS = 20;

let clean: TempProject;
let expected: Map<string, StoredRow>;
/** Files and folders that an undisturbed run makes. */
let steps: number;
/** The table of a whole run with one file more, which ends only when it may. */
let expectedOfHeld: Map<string, StoredRow>;

beforeAll(async () => {
  clean = new TempProject(CORPUS);
  const child = start(clean);
  steps = await untilSeen(clean.path(".mdp"), child, Number.POSITIVE_INFINITY);
  expect(await child.exited).toBe(0);
  expected = await readTable(clean.dir);
  expect(expected.size).toBeGreaterThanOrEqual(80);
  using held = await HeldProject.create(CORPUS);
  held.letGo();
  expect((await held.run(...ARGS)).code).toBe(0);
  expectedOfHeld = await readTable(held.dir);
  expect(expectedOfHeld.size).toBe(expected.size + 1);
}, 300_000);
afterAll(() => clean[Symbol.dispose]());

function start(project: TempProject) {
  return Bun.spawn(mdpCommand(ARGS), { cwd: project.dir, stdout: "pipe", stderr: "pipe", stdin: "ignore" });
}

describe("ingest", () => {
  test(`equals a clean run after kill -9 at ${KILLS} random points`, async () => {
    const next = numbers(20_26);
    let killed = 0;
    let partial = 0;
    // The test would be empty if the runs had ended, or had not begun, before they were killed.
    for (let i = 0; i < KILLS || killed < KILLS / 2 || partial < 2; i++) {
      using project = new TempProject(CORPUS);
      const child = start(project);
      const seen = await untilSeen(project.path(".mdp"), child, next(Math.ceil(steps * 0.95)));
      await Bun.sleep(next(10));
      child.kill("SIGKILL");
      if ((await child.exited) === 137) killed++;
      // On a machine that is busy in another way than before, fewer are seen of those that vanish again.
      else steps = Math.min(steps, seen);
      if (existsSync(project.path(".mdp/lancedb/chunks.lance"))) {
        const rows = (await readTable(project.dir).catch(() => new Map())).size;
        if (rows > 0 && rows < expected.size) partial++;
      }
      const again = await project.run(...ARGS);
      expect([again.code, again.stderr]).toEqual([0, ""]);
      expect(differences(await readTable(project.dir), expected)).toEqual([]);
      const third = JSON.parse((await project.run(...ARGS)).stdout) as IngestReport;
      expect(third).toMatchObject({ unchanged: 40, chunks: { embedded: 0, total: expected.size } });
    }
  }, 900_000);

  test("leaves nothing behind of a file that changed and then vanished around a kill", async () => {
    using project = await HeldProject.create(CORPUS);
    const child = await project.underWay(ARGS);
    child.kill("SIGKILL");
    await child.exited;
    for (const path of Object.keys(CORPUS).slice(0, 20)) rmSync(project.path(path));
    project.letGo();
    expect((await project.run(...ARGS)).code).toBe(0);
    const gone = new Set(Object.keys(CORPUS).slice(0, 20));
    const wanted = new Map([...expectedOfHeld].filter(([, row]) => !gone.has(row.path)));
    expect(differences(await readTable(project.dir), wanted)).toEqual([]);
  }, 300_000);

  test("stops at Ctrl-C without waiting for what would take hours, says how to go on, and goes on", async () => {
    using project = await HeldProject.create(CORPUS);
    const child = await project.underWay(ARGS);
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    expect(await child.stderr.text()).toContain("run the same command again");
    project.letGo();
    const again = await project.run(...ARGS);
    expect(again.code).toBe(0);
    expect(differences(await readTable(project.dir), expectedOfHeld)).toEqual([]);
  }, 300_000);

  test("refuses a second ingest of one project while the first is running", async () => {
    using project = await HeldProject.create(CORPUS);
    const first = await project.underWay(ARGS);
    const second = await project.run(...ARGS);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("is writing to this project");
    project.letGo();
    expect(await first.exited).toBe(0);
    expect(differences(await readTable(project.dir), expectedOfHeld)).toEqual([]);
  }, 300_000);

  test("lets searches be answered from a consistent version while it runs", async () => {
    using project = await HeldProject.create(CORPUS);
    const child = await project.underWay(ARGS);
    for (let running = true, searches = 0; running; searches++) {
      // The first two are asked in the middle of the run, the others while it comes to its end.
      if (searches === 2) project.letGo();
      const run = await project.run(
        "search",
        "the pump measures the flow",
        "--text",
        "--no-join",
        "-k",
        "200",
        "--json",
      );
      running = child.exitCode === null;
      expect([run.code, run.stderr]).toEqual([0, ""]);
      const { hits } = JSON.parse(run.stdout) as SearchReport;
      expect(new Set(hits.map((h) => h.id)).size).toBe(hits.length);
      for (const hit of hits) expect(expectedOfHeld.get(hit.id)?.text).toBe(hit.text);
    }
    expect(await child.exited).toBe(0);
    expect(differences(await readTable(project.dir), expectedOfHeld)).toEqual([]);
  }, 300_000);
});
