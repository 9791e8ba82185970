/** A run that moves files from one engine's table to another's may die at any moment, and leaves no row in both. */
import { expect, test } from "bun:test";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import { markdownCorpus, numbers } from "../support/corpus.ts";
import { untilSeen } from "../support/progress.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { differences, readTable } from "../support/table.ts";

const CORPUS = markdownCorpus(24);
const INGEST = ["ingest", "docs", "--commit-chunks", "8", "--json", "--quiet"];
const MOVE = [...INGEST, "--type", "sql"];
const KILLS = 4;

function start(project: TempProject) {
  return Bun.spawn(mdpCommand(MOVE), { cwd: project.dir, stdio: ["ignore", "ignore", "ignore"] });
}

test("after kill -9 the same command ends with every row in the new table and none in the old", async () => {
  using clean = new TempProject(CORPUS);
  expect((await clean.run(...INGEST)).code).toBe(0);
  const moving = start(clean);
  const before = await untilSeen(clean.path(".mdp"), moving, 0);
  let steps = (await untilSeen(clean.path(".mdp"), moving, Number.POSITIVE_INFINITY)) - before;
  expect(await moving.exited).toBe(0);
  const expected = await readTable(clean.dir, "sql");
  expect(expected.size).toBeGreaterThan(24);

  const next = numbers(7);
  let killed = 0;
  let partial = 0;
  // The test would be empty if the runs had ended, or had not begun, before they were killed.
  for (let i = 0; i < KILLS || killed < KILLS / 2 || partial < 1; i++) {
    using project = new TempProject(CORPUS);
    expect((await project.run(...INGEST)).code).toBe(0);
    const child = start(project);
    const seen = await untilSeen(project.path(".mdp"), child, before + Math.floor(steps * (0.1 + next(80) / 100)));
    child.kill("SIGKILL");
    if ((await child.exited) === 137) killed++;
    // On a machine that is busy in another way than before, fewer are seen of those that vanish again.
    else steps = Math.min(steps, seen - before);
    const left = (await readTable(project.dir)).size;
    if (left > 0 && left < expected.size) partial++;
    const again = await project.json<IngestReport>(...MOVE.filter((flag) => flag !== "--json"));
    expect(again.chunks.total).toBe(expected.size);
    expect((await readTable(project.dir)).size).toBe(0);
    expect(differences(await readTable(project.dir, "sql"), expected)).toEqual([]);
  }
}, 900_000);
