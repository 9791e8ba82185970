/** Which runs made which versions of the tables, and what each added and removed. */
import { existsSync, readFileSync } from "node:fs";
import type { Project } from "../../../core/project.ts";
import { type FullRun, Listing } from "../../../manifest/listing.ts";
import type { RunRow } from "../../../manifest/state.ts";
import type { IngestReport } from "../../ingest/report.ts";
import { endOf } from "./moments.ts";
import { isNamed, type OpenTable, openHistories } from "./open.ts";
import { restoresPath } from "./restore-journal.ts";
import { readTags, type Tag } from "./tags.ts";

export interface LoggedTable {
  table: string;
  engine: string;
  /** First and last version of it that is still kept; null when none is. */
  versions: [first: number, last: number] | null;
  /** Rows after it. */
  rows: number | null;
  /** Rows that came and that went; null where it is not known. */
  added: number | null;
  removed: number | null;
  /** Tags of these versions. */
  tags: string[];
}

export interface LogEntry {
  /** Id of the run; null for what was done between runs. */
  run: string | null;
  /** `ingest docs`, `restore v1`; or `between runs`, when indices were completed. */
  what: string;
  started: string;
  finished: string | null;
  outcome: RunRow["outcome"];
  mdp: string | null;
  tables: LoggedTable[];
}

export interface Restored {
  time: string;
  to: string;
  tables: { name: string; from: number; version: number }[];
}

/** The latest first. @param word name of a table or an engine, all by default */
export async function tablesLog(project: Project, word?: string): Promise<LogEntry[]> {
  await using tables = await openHistories(project);
  using listing = new Listing(project.stateDir);
  const runs = listing.runs();
  const tags = readTags(project);
  const chosen = tables.all.filter((table) => word === undefined || isNamed(table, word));
  const entries = runs
    .map((run) => runEntry(tags, run, runs, chosen))
    .filter((entry) => word === undefined || entry.tables.length > 0);
  return [...entries, ...otherEntries(project, tags, runs, chosen)].sort((a, b) => (a.started < b.started ? 1 : -1));
}

function runEntry(
  tags: readonly Tag[],
  run: FullRun,
  runs: readonly FullRun[],
  tables: readonly OpenTable[],
): LogEntry {
  const { id, started, finished, outcome, inputs, mdp } = run;
  const report = run.report === null ? null : (JSON.parse(run.report) as IngestReport | null);
  const [from, to] = [Date.parse(started), endOf(run, runs)];
  return {
    run: id,
    what: `ingest ${(JSON.parse(inputs) as string[]).join(" ")}`,
    started,
    finished,
    outcome,
    mdp: mdp || null,
    tables: tables.flatMap((table) => tableEntry(tags, table, from, to, report) ?? []),
  };
}

function tableEntry(
  all: readonly Tag[],
  { name, engine, calls, versions }: OpenTable,
  from: number,
  to: number,
  report: IngestReport | null,
): LoggedTable | undefined {
  const own = versions.filter(({ time }) => time >= from && time <= to);
  const [first, last] = [own[0], own.at(-1)];
  const part = calls ? undefined : report?.engines[engine];
  if (!first || !last) {
    if (!part || (part.embedded === 0 && part.removed === 0)) return undefined;
    return { table: name, engine, versions: null, rows: part.chunks, added: null, removed: part.removed, tags: [] };
  }
  const before = first.version === 1 ? 0 : versions.find(({ version }) => version === first.version - 1)?.rows;
  const removed = part?.removed ?? null;
  return {
    table: name,
    engine,
    versions: [first.version, last.version],
    rows: last.rows,
    added: before === undefined || removed === null ? null : last.rows - before + removed,
    removed,
    tags: tagsOf(all, name, first.version, last.version),
  };
}

function tagsOf(all: readonly Tag[], table: string, first: number, last: number): string[] {
  return all
    .filter(({ tables }) => tables.some(({ name, version }) => name === table && version >= first && version <= last))
    .map(({ name }) => name);
}

/** Restores, and versions that were made outside runs. */
function otherEntries(
  project: Project,
  all: readonly Tag[],
  runs: readonly FullRun[],
  tables: readonly OpenTable[],
): LogEntry[] {
  const restores = readRestores(project);
  const restored = new Set(
    restores.flatMap(({ tables: each }) => each.map(({ name, version }) => `${name}@${version}`)),
  );
  const spans = runs.map((run): [number, number] => [Date.parse(run.started), endOf(run, runs)]);
  const entry = (what: string, time: string, own: LoggedTable[]): LogEntry => {
    return { run: null, what, started: time, finished: time, outcome: "finished", mdp: null, tables: own };
  };
  const tableOf = ({ name, engine, versions }: OpenTable, version: number): LoggedTable => {
    const [rows, before] = [version, version - 1].map((n) => versions.find((each) => each.version === n)?.rows);
    const change = rows === undefined || before === undefined ? null : rows - before;
    const added = change === 0 ? 0 : null;
    const tags = tagsOf(all, name, version, version);
    return { table: name, engine, versions: [version, version], rows: rows ?? null, added, removed: added, tags };
  };
  const byRestores = restores.map(({ time, to, tables: changed }) => {
    const own = tables.flatMap((table) =>
      changed.filter(({ name }) => name === table.name).map((one) => tableOf(table, one.version)),
    );
    return entry(`restore ${to}`, time, own);
  });
  const others = tables.flatMap((table) =>
    table.versions
      .filter(({ time }) => !spans.some(([from, to]) => time >= from && time <= to))
      .filter(({ version }) => !restored.has(`${table.name}@${version}`))
      .map(({ version, time }) => entry("between runs", new Date(time).toISOString(), [tableOf(table, version)])),
  );
  return [...byRestores.filter(({ tables: own }) => own.length > 0), ...others];
}

function readRestores(project: Project): Restored[] {
  const path = restoresPath(project);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Restored);
}
