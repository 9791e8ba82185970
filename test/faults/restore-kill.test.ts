/** A restore may die at any moment: the next command finds the project as it was, or completes what was begun. */
import { expect, test } from "bun:test";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { TablesVerifyReport } from "../../src/pipelines/data/tables/verify.ts";
import type { ListedFile } from "../../src/pipelines/list.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { differences, readTable } from "../support/table.ts";

/** Milliseconds after the journal is there. */
const DELAYS = [0, 0, 10, 40];
const TABLES = ["chunks", "code", "sql"];

const filesOf = (round: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: 20 }, (_, i): [string, string][] => [
      [`docs/${i}.md`, `# Note ${i}\n\nRound ${i % 3 === 0 ? round : 0} of note ${i}.\n`],
      [`src/${i}.py`, `def f${i}(x):\n    return x + ${i % 4 === 0 ? round : 0}\n`],
    ]).flat(),
  );

async function stateOf(project: TempProject) {
  const { stdout } = await project.run("list", "--json");
  const files = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ListedFile);
  return files.map(({ path, chunks, outcome }) => `${path} ${chunks} ${outcome}`);
}

const tablesOf = async (dir: string) => Promise.all(TABLES.map((table) => readTable(dir, table)));

test("after kill -9 of a restore the next command leaves the old state or the one that was asked for", async () => {
  using base = new TempProject({ ...filesOf(1), "q.sql": "SELECT * FROM a WHERE b = 1;\n" });
  await base.run("ingest", ".", "-q");
  const old = { tables: await tablesOf(base.dir), state: await stateOf(base) };
  expect((await base.run("data", "tag", "first")).code).toBe(0);
  for (const [path, text] of Object.entries(filesOf(2))) base.write(path, text);
  base.write("q.sql", "SELECT * FROM a WHERE b = 1;\nDELETE FROM c;\n");
  await base.run("ingest", ".", "-q");
  const now = { tables: await tablesOf(base.dir), state: await stateOf(base) };
  const runs = await base.json<{ run: string | null }[]>("data", "log");

  const outcomes = { killed: 0, completed: 0, untouched: 0 };
  // The test would be empty if every restore had ended, or none had begun, before it was killed.
  for (let i = 0; i < DELAYS.length || outcomes.completed === 0; i++) {
    using project = new TempProject();
    cpSync(base.dir, project.dir, { recursive: true, preserveTimestamps: true });
    const journal = join(project.dir, ".mdp/restore.json");
    // By turns with the copy of the state, and by the rows.
    const to = i % 2 === 0 ? "first" : runs.at(-1)!.run!;
    const child = Bun.spawn(mdpCommand(["data", "restore", to]), {
      cwd: project.dir,
      stdio: ["ignore", "ignore", "ignore"],
    });
    while (child.exitCode === null && !existsSync(journal)) await Bun.sleep(0);
    await Bun.sleep(DELAYS[i] ?? 0);
    child.kill("SIGKILL");
    if ((await child.exited) === 137) outcomes.killed++;
    const begun = existsSync(journal);

    const { code, stdout } = await project.run("data", "verify", "--json");
    expect({ code, findings: (JSON.parse(stdout) as TablesVerifyReport).findings }).toEqual({ code: 0, findings: [] });
    expect(existsSync(journal)).toBe(false);
    const tables = await tablesOf(project.dir);
    const isOld = tables.every((table, t) => differences(table, old.tables[t]!).length === 0);
    if (begun) {
      expect(isOld).toBe(true);
      outcomes.completed++;
    } else outcomes.untouched++;
    expect(await stateOf(project)).toEqual(isOld ? old.state : now.state);
    if (!isOld) expect(tables.flatMap((table, t) => differences(table, now.tables[t]!))).toEqual([]);
    await project.run("ingest", ".", "-q");
    expect((await tablesOf(project.dir)).flatMap((table, t) => differences(table, now.tables[t]!))).toEqual([]);
  }
  expect(outcomes.killed).toBeGreaterThanOrEqual(1);
}, 900_000);
