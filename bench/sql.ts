/**
 * Logs of statements: reading, fingerprints, ingest of a whole log, and searches with filters over its executions.
 *
 *     bun bench/sql/make-log.ts /tmp/mdp-sql-log 1000000
 *     MDP_BIN=./mdp PGBADGER="perl …/pgbadger" bun bench/sql.ts /tmp/mdp-sql-log
 *
 * Times are processor time, of one run each but for the searches (best of five); peers run on the same log.
 */
import { linkSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { IngestSettings } from "../src/ingest/config.ts";
import { openReaderPool, readItem } from "../src/ingest/read.ts";
import { StatementReader } from "../src/ingest/sql/statement.ts";
import type { SearchReport } from "../src/pipelines/search.ts";
import type { GroupsReport } from "../src/pipelines/statement-groups.ts";
import { StatementCalls } from "../src/store/statement-calls.ts";
import { mdpCommand } from "../test/support/project.ts";
import { itemAt } from "../test/support/read.ts";

const folder = resolve(process.argv[2] ?? "/tmp/mdp-sql-log");
const ROOT = join(import.meta.dir, "..");
const READ = 200_000;
const PARSED = 20_000;
const SEARCHES = 5;

interface Ran {
  output: string;
  cpu: number;
  wall: number;
  megabytes: number;
}

async function run(command: readonly string[], cwd: string, stdin?: string): Promise<Ran> {
  const begun = performance.now();
  const child = Bun.spawn([...command], {
    cwd,
    stdin: stdin === undefined ? "ignore" : new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.slice(0, 3).join(" ")}: ${errors}`);
  const usage = child.resourceUsage()!;
  return {
    output,
    cpu: Number(usage.cpuTime.total) / 1e6,
    wall: (performance.now() - begun) / 1000,
    megabytes: usage.maxRSS / 1e6,
  };
}

/** The first statements of a log, and the processor time of reading them. */
async function readLog(path: string): Promise<{ statements: string[]; us: number }> {
  const settings = v.parse(IngestSettings, {});
  await using pool = openReaderPool(settings);
  const statements: string[] = [];
  const before = process.cpuUsage();
  for await (const read of readItem(await itemAt(path), settings, { pool, statements: true })) {
    if ("document" in read) statements.push(read.document.text);
    if (statements.length === READ) break;
  }
  const { user, system } = process.cpuUsage(before);
  return { statements, us: (user + system) / statements.length };
}

let statements: string[] = [];
for (const name of ["server.csv", "server.json", "server.log"]) {
  const read = await readLog(join(folder, name));
  statements = read.statements;
  console.log(`read ${name}: ${read.us.toFixed(1)} us per statement`);
}

const reader = new StatementReader("postgres");
const before = process.cpuUsage();
const shapes = new Set(statements.map((statement) => reader.read(statement)?.fingerprint));
const { user, system } = process.cpuUsage(before);
const us = (user + system) / statements.length;
console.log(`fingerprint, type, tables, columns: ${us.toFixed(1)} us per statement, ${shapes.size} shapes`);
const peer = await run(
  [join(ROOT, ".venv/bin/python"), join(ROOT, "bench/peers/sql_fingerprint.py")],
  ROOT,
  JSON.stringify(statements.slice(0, PARSED)),
);
for (const line of peer.output.trim().split("\n")) {
  const { name, us: peerUs, groups } = JSON.parse(line) as { name: string; us: number; groups: number };
  console.log(
    `  libpg_query ${name}: ${peerUs.toFixed(1)} us, ${groups} groups; mdp is ${(peerUs / us).toFixed(1)} times as fast`,
  );
}

if (process.env.PGBADGER) {
  // The beginning of the plain log: it would take minutes for the whole.
  const part = mkdtempSync(join(tmpdir(), "mdp-bench-pgbadger-"));
  const lines = (await Bun.file(join(folder, "server.log")).slice(0, 12_000_000).text()).split("\n").slice(0, -1);
  await Bun.write(join(part, "server.log"), `${lines.join("\n")}\n`);
  const options = ["-q", "-f", "stderr", "-p", "%m [%p] %q%u@%d %a ", "-x", "json", "-o", join(part, "out.json")];
  const ran = await run([...process.env.PGBADGER.split(" "), ...options, join(part, "server.log")], part);
  const told = (await Bun.file(join(part, "out.json")).json()) as { overall_stat: { queries_number: number } };
  const each = (ran.cpu / told.overall_stat.queries_number) * 1e6;
  console.log(`pgBadger on ${told.overall_stat.queries_number} of them: ${each.toFixed(0)} us per statement`);
  rmSync(part, { recursive: true });
}

const project = mkdtempSync(join(tmpdir(), "mdp-bench-sql-"));
try {
  linkSync(join(folder, "server.csv"), join(project, "server.csv"));
  const ingested = await run(
    mdpCommand(["ingest", "server.csv", "--vector-cache-bytes", "0", "--json", "--quiet"]),
    project,
  );
  const { chunks } = JSON.parse(ingested.output) as { chunks: { embedded: number } };
  await using calls = new StatementCalls({ dir: join(project, ".mdp/lancedb"), table: "sql" });
  const rows = await calls.countRows();
  console.log(
    `ingest of ${rows} executions: ${ingested.cpu.toFixed(1)} s processor, ${ingested.wall.toFixed(1)} s wall, ` +
      `${Math.round(ingested.megabytes)} MB, ${chunks.embedded} embeddings`,
  );
  const filters: string[][] = [
    [],
    ["--min-time", "5ms"],
    ["--user", "app", "--database", "shop"],
    ["--table", "orders"],
    ["--min-time", "5ms", "--table", "orders", "--user", "reporting"],
  ];
  for (const filter of filters) {
    const ask = ["search", "--type", "sql", "customers who paid late", "--json", ...filter];
    const searches: Ran[] = [];
    for (let i = 0; i < SEARCHES; i++) searches.push(await run(mdpCommand(ask), project));
    const best = Math.min(...searches.map(({ wall }) => wall));
    const { hits } = JSON.parse(searches[0]!.output) as SearchReport;
    const counted = hits.reduce((sum, { fields }) => sum + Number(fields.calls), 0);
    console.log(
      `search ${filter.join(" ") || "without a filter"}: ${(best * 1000).toFixed(0)} ms from start to end, ${hits.length} hits of ${counted} calls`,
    );
  }
  for (const filter of [{}, { minMs: 5 }, { users: ["app"], databases: ["shop"] }, { minMs: 50 }]) {
    let best = Number.POSITIVE_INFINITY;
    let sums = 0;
    for (let i = 0; i < SEARCHES; i++) {
      const begun = performance.now();
      sums = (await calls.totals(filter)).size;
      best = Math.min(best, performance.now() - begun);
    }
    console.log(
      `executions ${JSON.stringify(filter)}: ${best.toFixed(0)} ms, ${sums} shapes of ${await calls.countRows(filter)} rows`,
    );
  }
  const grouped = await run(mdpCommand(["search", "--cluster", "--json"]), project);
  const { matched } = JSON.parse(grouped.output) as GroupsReport;
  console.log(
    `groups of the whole log: ${(grouped.wall * 1000).toFixed(0)} ms, ${matched.groups} groups of ${matched.shapes} shapes, ${matched.calls} calls`,
  );
} finally {
  rmSync(project, { recursive: true, force: true });
}
