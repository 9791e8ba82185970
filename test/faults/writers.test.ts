/** Four processes that ingest into one project at once, over all engines: one writes, the others say so and come again. */
import { expect, test } from "bun:test";
import type { TablesVerifyReport } from "../../src/pipelines/data/tables/verify.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { differences, readTable } from "../support/table.ts";

const WRITERS = [["docs"], ["src"], ["logs"], ["."]];
const TABLES = ["chunks", "code", "sql"];
const ROUNDS = 2;

/** The files of a round: a third of each kind changes, one of each goes, one comes. */
function filesOf(round: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (let i = round; i < 9 + round; i++) {
    const edition = i % 3 === 0 ? round : 0;
    files[`docs/${i}.md`] = `# Gauge ${i}\n\nReading ${edition} of the gauge at pier ${i}.\n`;
    files[`src/${i}.py`] = `def reading_${i}(gauge):\n    return gauge.level + ${edition}\n`;
    files[`logs/${i}.sql`] = `SELECT level${edition} FROM gauge${i} WHERE pier = ${i};\n`;
  }
  return files;
}

/** Ingests until no other process holds the project; returns how often one did. */
async function ingestAtLast(project: TempProject, inputs: readonly string[]): Promise<number> {
  for (let refused = 0; ; refused++) {
    const child = Bun.spawn(mdpCommand(["ingest", ...inputs, "-q"]), {
      cwd: project.dir,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
    if (code === 0) return refused;
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("is writing to this project") });
    await Bun.sleep(20);
  }
}

async function tablesOf({ dir }: TempProject) {
  return Promise.all(TABLES.map((table) => readTable(dir, table)));
}

test("four writers leave every row once, in tables that agree with the state and with those of one writer", async () => {
  using shared = new TempProject();
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [path, text] of Object.entries(filesOf(round))) shared.write(path, text);
    if (round > 0)
      for (const path of [`docs/0.md`, `src/0.py`, `logs/0.sql`]) await Bun.file(shared.path(path)).delete();
    const counts = await Promise.all(WRITERS.map((inputs) => ingestAtLast(shared, inputs)));
    refused += counts.reduce((sum, count) => sum + count, 0);

    using alone = new TempProject(filesOf(round));
    expect((await alone.run("ingest", ".", "-q")).code).toBe(0);
    // `readTable` throws for an id that stands in two rows.
    const [actual, expected] = [await tablesOf(shared), await tablesOf(alone)];
    expect(expected.map(({ size }) => size)).toEqual([9, 9, 9]);
    expect(actual.map((table, i) => differences(table, expected[i]!))).toEqual([[], [], []]);
    const verified = await shared.json<TablesVerifyReport>("data", "verify");
    expect(verified).toMatchObject({ ok: true });
  }
  // Otherwise they ran one after another, and this showed nothing.
  expect(refused).toBeGreaterThan(0);
}, 300_000);
