/** Logs of statements through the command line: one passage per shape, exact filters over executions, groups. */
import { describe, expect, test } from "bun:test";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { StatementReader } from "../../src/ingest/sql/statement.ts";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import type { GroupsReport } from "../../src/pipelines/statement-groups.ts";
import { type CallFilter, StatementCalls } from "../../src/store/statement-calls.ts";
import { TempProject } from "../support/project.ts";

const ingest = (project: TempProject, ...args: string[]) => project.json<IngestReport>("ingest", ...args);
const search = (project: TempProject, ...args: string[]) => project.json<SearchReport>("search", "--text", ...args);
const groups = (project: TempProject, ...args: string[]) => project.json<GroupsReport>("search", "--cluster", ...args);

async function rowsOf(project: TempProject, filter?: CallFilter): Promise<number> {
  await using calls = new StatementCalls({ dir: join(project.dir, ".mdp/lancedb"), table: "sql" });
  return calls.countRows(filter);
}

interface Call {
  time: number;
  user: string;
  database: string;
  ms: number;
  sql: string;
}

const START = Date.UTC(2026, 0, 31, 12);
const SHAPES = [
  (n: number) => `SELECT id, email FROM customers WHERE id = ${n}`,
  (n: number) => `SELECT email, id FROM customers WHERE id = ${n}`,
  (n: number) => `UPDATE orders SET total = ${n} WHERE id IN (${n}, ${n + 1})`,
  (n: number) => `SELECT count(*) FROM public.orders o JOIN customers c ON c.id = o.customer_id WHERE o.total > ${n}`,
  (n: number) => `DELETE FROM sessions WHERE token = 'x${n}'`,
];

/** 400 executions, a second apart: shape, user, database and duration follow from the number. */
const CALLS: Call[] = Array.from({ length: 400 }, (_, i) => ({
  time: START + i * 1000,
  user: ["app", "batch", "report"][i % 3]!,
  database: ["shop", "archive"][i % 2]!,
  ms: ((i * 37) % 400) + 0.5,
  sql: SHAPES[i % 5]!(i),
}));

function logOf(calls: readonly Call[]): string {
  return calls
    .map(({ time, user, database, ms, sql }) => {
      const stamp = new Date(time).toISOString().replace("T", " ").replace("Z", " UTC");
      return `${stamp} [7] ${user}@${database} LOG:  duration: ${ms.toFixed(3)} ms  statement: ${sql}\n`;
    })
    .join("");
}

/** Calls and total time by fingerprint, by a loop over the executions. */
function expectedOf(calls: readonly Call[]): Record<string, [number, number]> {
  const reader = new StatementReader("postgres");
  const sums: Record<string, [number, number]> = {};
  for (const { sql, ms } of calls) {
    const { fingerprint } = reader.read(sql)!;
    const [count, total] = sums[fingerprint] ?? [0, 0];
    sums[fingerprint] = [count + 1, total + ms];
  }
  return sums;
}

function foundOf(report: SearchReport | GroupsReport): Record<string, [number, number]> {
  const rows =
    "hits" in report
      ? report.hits.map(({ fields }) => [fields.fingerprint, fields.calls, fields.total_ms])
      : report.groups.flatMap(({ statements }) => statements.map((s) => [s.fingerprint, s.calls, s.totalMs]));
  return Object.fromEntries(rows.map(([fingerprint, calls, ms]) => [fingerprint, [calls, ms]]));
}

describe("a log", () => {
  test("is one passage and one vector per shape; filters count the executions that they name, and no others", async () => {
    using project = new TempProject({ "logs/server.log": logOf(CALLS), "notes.md": "# customers\n\nWho they are.\n" });
    const report = await ingest(project, ".");
    expect(report.chunks).toMatchObject({ total: 6, embedded: 6 });
    expect(report.engines.sql).toMatchObject({ documents: 5, embedded: 5 });
    expect(await rowsOf(project)).toBe(400);

    const at = (i: number) => new Date(CALLS[i]!.time).toISOString().slice(0, 19);
    const cases: [string[], (call: Call) => boolean][] = [
      [["--min-time", "250ms"], ({ ms }) => ms >= 250],
      [["--min-time", "0.3995s"], ({ ms }) => ms >= 399.5],
      [["--since", at(350)], ({ time }) => time >= CALLS[350]!.time],
      [["--until", at(3)], ({ time }) => time < CALLS[3]!.time],
      [["--user", "app", "--user", "report"], ({ user }) => user !== "batch"],
      [["--database", "archive", "--min-time", "390ms"], ({ database, ms }) => database === "archive" && ms >= 390],
      [["--table", "orders"], ({ sql }) => sql.includes("orders")],
      [
        ["--table", "orders", "--table", "sessions", "--user", "app", "--since", at(100), "--until", at(120)],
        ({ sql, user, time }) =>
          /orders|sessions/.test(sql) && user === "app" && time >= CALLS[100]!.time && time < CALLS[120]!.time,
      ],
      [["--user", "nobody"], () => false],
      [["--table", "order"], () => false],
    ];
    for (const [flags, counts] of cases) {
      expect(foundOf(await groups(project, "--similarity", "1", ...flags))).toEqual(expectedOf(CALLS.filter(counts)));
    }
    // The same through a query: statements out of the filter are no hits, however near.
    const slow = CALLS.filter(({ ms }) => ms >= 399);
    expect(foundOf(await search(project, "customers orders sessions", "--min-time", "399ms"))).toEqual(
      expectedOf(slow),
    );
    const { fields, text } = (await search(project, "customers")).hits.find(({ engine }) => engine === "sql")!;
    expect((await search(project, String(fields.fingerprint))).hits.map((hit) => hit.text)).toEqual([text]);
    const mixed = await search(project, "customers");
    expect(new Set(mixed.hits.map(({ engine }) => engine))).toEqual(new Set(["documents", "sql"]));
    const { code, stderr } = await project.run("search", "customers", "--type", "md", "--user", "app");
    expect(code).toBe(2);
    expect(stderr).toContain("no SQL statements are among the engines md");
  }, 300_000);

  test("that grows is counted anew with its old vectors; one that is renamed or removed takes its executions along", async () => {
    using project = new TempProject({
      "logs/a.log": logOf(CALLS.slice(0, 100)),
      "logs/b.log": logOf(CALLS.slice(0, 10)),
    });
    await ingest(project, "logs");
    expect(await rowsOf(project)).toBe(110);
    project.write("logs/a.log", logOf(CALLS.slice(0, 300)));
    expect((await ingest(project, "logs")).chunks).toMatchObject({ embedded: 0, total: 10 });
    expect(await rowsOf(project)).toBe(310);
    renameSync(project.path("logs/a.log"), project.path("logs/c.log"));
    expect(await ingest(project, "logs")).toMatchObject({ moved: 1, chunks: { embedded: 0, total: 10 } });
    expect(await rowsOf(project)).toBe(310);
    const all = await groups(project, "--similarity", "1");
    expect(all.matched).toMatchObject({ calls: 310, shapes: 5, groups: 5 });
    expect(all.groups[0]!.statements.map(({ path }) => path).sort()).toEqual(["logs/b.log", "logs/c.log"]);
    rmSync(project.path("logs/c.log"));
    expect((await ingest(project, "logs")).chunks.total).toBe(5);
    expect(await rowsOf(project)).toBe(10);
    await ingest(project, "--type", "md", "logs");
    expect(await rowsOf(project)).toBe(0);
  }, 300_000);
});

describe("groups", () => {
  test("hold statements of one logic, by their shape and then by how near their vectors are", async () => {
    using project = new TempProject({ "server.log": logOf(CALLS) });
    await ingest(project, ".");
    const report = await groups(project);
    const swapped = report.groups.find(({ shapes }) => shapes > 1)!;
    expect(swapped.statements.map(({ text }) => text).sort()).toEqual([
      "SELECT email, id FROM customers WHERE id = ?",
      "SELECT id, email FROM customers WHERE id = ?",
    ]);
    expect(swapped).toMatchObject({ calls: 160, shapes: 2, tables: ["customers"], users: ["app", "batch", "report"] });
    const totals = report.groups.map(({ totalMs }) => totalMs);
    expect(totals).toEqual([...totals].sort((a, b) => b - a));
    expect(report.matched).toEqual({
      groups: 4,
      shapes: 5,
      calls: 400,
      totalMs: CALLS.reduce((sum, { ms }) => sum + ms, 0),
    });
    expect(await groups(project)).toEqual(report);

    const found = await groups(project, "delete old sessions", "-k", "1");
    expect(found.groups.map(({ statements }) => statements[0]!.text)).toEqual(["DELETE FROM sessions WHERE token = ?"]);
    const { stdout } = await project.run("search", "--cluster", "-k", "1", "--table", "sessions");
    expect(stdout).toContain(" 1 80 calls, ");
    expect(stdout).toContain("DELETE FROM sessions WHERE token = ?");
    expect(stdout).toContain("1 group of 1 shape: 80 calls, ");

    rmSync(project.path(".mdp/lancedb/sql_calls.lance"), { recursive: true });
    const lost = await project.run("search", "sessions", "--text", "--user", "app");
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining('"sql_calls" is gone')]);
  }, 300_000);
});

test("groups of statements that nobody timed have no total time", async () => {
  using project = new TempProject({ "schema.sql": "CREATE TABLE a (id int);\nSELECT id FROM a WHERE id = 1;\n" });
  await project.json("ingest", "schema.sql");
  const { stdout } = await project.run("search", "--cluster");
  expect(stdout).toEndWith("2 groups of 2 shapes: 2 calls\n");
});

describe("what cannot be", () => {
  test.each([
    [["search"], "needs <query>"],
    [["search", "x", "--min-time", "fast"], "--min-time fast is not a duration"],
    [["search", "x", "--since", "yesterday"], "--since yesterday is not a time"],
    [["search", "--cluster", "--similarity", "2"], "--similarity 2"],
  ])("mdp %j is a usage error", async (args, message) => {
    using project = new TempProject({ "mdp.yaml": "" });
    const { code, stderr } = await project.run(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
