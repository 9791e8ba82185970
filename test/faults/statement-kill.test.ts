/** An ingest of a log may die at any moment: the same command ends with every execution once, and every shape. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import { StatementCalls } from "../../src/store/statement-calls.ts";
import { numbers } from "../support/corpus.ts";
import { untilSeen } from "../support/progress.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { differences, readTable } from "../support/table.ts";

const LINES = 120_000;
const LOG = Array.from({ length: LINES }, (_, i) => {
  const stamp = new Date(Date.UTC(2026, 0, 31) + i * 10).toISOString().replace("T", " ").replace("Z", " UTC");
  return `${stamp} [${i % 5}] app@shop LOG:  duration: ${i % 977}.500 ms  statement: SELECT a${i % 40} FROM t WHERE b = ${i}\n`;
}).join("");
const INGEST = ["ingest", "server.log", "--quiet", "--json"];
const CALLS = ".mdp/lancedb/sql_calls.lance";
const KILLS = 4;

function start(project: TempProject) {
  return Bun.spawn(mdpCommand(INGEST), { cwd: project.dir, stdio: ["ignore", "ignore", "ignore"] });
}

async function callsOf(project: TempProject): Promise<{ rows: number; totals: unknown }> {
  await using calls = new StatementCalls({ dir: join(project.dir, ".mdp/lancedb"), table: "sql" });
  const totals = [...(await calls.totals({ minMs: 500 }))].map(([key, sums]) => [String(key), sums] as const).sort();
  return { rows: await calls.countRows(), totals };
}

test("after kill -9 the same command gives what an undisturbed one gives", async () => {
  using clean = new TempProject({ "server.log": LOG });
  const whole = start(clean);
  let steps = await untilSeen(clean.path(CALLS), whole, Number.POSITIVE_INFINITY);
  expect(await whole.exited).toBe(0);
  const expected = await callsOf(clean);
  const table = await readTable(clean.dir, "sql");
  expect(expected.rows).toBe(LINES);
  expect(table.size).toBe(40);

  const next = numbers(11);
  let killed = 0;
  let partial = 0;
  // The test would be empty if the runs had ended, or had not begun, before they were killed.
  for (let i = 0; i < KILLS || killed < KILLS / 2 || partial < 1; i++) {
    using project = new TempProject({ "server.log": LOG });
    const child = start(project);
    // One kill in each quarter of the time in which executions are written, which is about the first 40 %.
    const point = (0.4 * steps * ((i % KILLS) + next(100) / 100)) / KILLS;
    const seen = await untilSeen(project.path(CALLS), child, Math.ceil(point));
    child.kill("SIGKILL");
    if ((await child.exited) === 137) killed++;
    // On a machine that is busy in another way than before, fewer are seen of those that vanish again.
    else steps = Math.min(steps, seen);
    const { rows } = await callsOf(project);
    if (rows > 0 && rows < LINES) partial++;
    const again = await project.json<IngestReport>(...INGEST.filter((flag) => flag !== "--json"));
    expect(again.chunks.total).toBe(40);
    expect(await callsOf(project)).toEqual(expected);
    expect(differences(await readTable(project.dir, "sql"), table)).toEqual([]);
  }
}, 900_000);
