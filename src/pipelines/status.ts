/** `status`: what the project holds, how it is indexed, and what went wrong with its files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/schema.ts";
import { type Project, tablesDir } from "../core/project.ts";
import { isLocked } from "../manifest/lock.ts";
import { type ProblemRow, type RunRow, State } from "../manifest/state.ts";
import { TableHistory } from "../store/history.ts";
import { folderBytes } from "../store/status.ts";
import type { StoreStatus } from "../store/store.ts";
import { DEFAULT_ENGINE } from "./engines/config.ts";
import { openStored, type StoredTable, storedTables } from "./engines/stored.ts";
import type { IngestReport } from "./ingest.ts";

/** Failures that are listed; their number is exact. */
const FAILURES_LISTED = 100;

export interface StatusReport {
  project: string;
  /** Source files. */
  items: number;
  documents: number;
  chunks: number;
  /** Chunks that have no vector yet: found by words only, until an ingest is run to its end. */
  waiting: number;
  tables: TableStatus[];
  /** Fingerprint of the embedder that wrote the default engine's vectors, else another's; null when there are none. */
  fingerprint: string | null;
  model: string | null;
  lastRun: LastRun | null;
  failures: { files: number; listed: Failing[] };
}

export interface TableStatus {
  name: string;
  /** Name of the engine whose table it is. */
  engine: string;
  /** Whether the settings name the engine; the rows of one that they do not name any more are not searched. */
  known: boolean;
  documents: number;
  /** The embedder that wrote its vectors. */
  model: string | null;
  fingerprint: string | null;
  rows: number;
  /** Rows that have no vector yet. */
  waiting: number;
  version: number;
  bytesOnDisk: number;
  /** Chosen by the number of rows. */
  vectorSearch: StoreStatus["vectorSearch"];
  indices: IndexCoverage[];
  /** Executions of the statements, which lie in a table beside it; null where there is none. */
  calls: { name: string; rows: number; version: number; bytesOnDisk: number } | null;
}

export interface IndexCoverage {
  column: string;
  /** As LanceDB names it: `FTS`, `BTree`, `Bitmap`, `IVF_RQ`. */
  type: string;
  indexedRows: number;
  unindexedRows: number;
  /** Part of the rows that the index knows, 0–1; the others are searched without it. */
  coverage: number;
}

export interface LastRun {
  id: string;
  started: string;
  finished: string | null;
  outcome: "running" | "finished" | "failed" | "interrupted";
  report: IngestReport | null;
}

export interface Failing {
  path: string;
  row: number | null;
  code: string;
  reason: string;
  hint: string | null;
}

export async function statusOf(request: { project: Project; settings: Settings }): Promise<StatusReport> {
  const { project, settings } = request;
  const tables = await tablesOf(project, settings);
  const { totals, lastRun, failing } = readState(project);
  const main = tables.find(({ engine }) => engine === DEFAULT_ENGINE) ?? tables[0];
  return {
    project: project.dir,
    items: totals.items,
    documents: tables.reduce((sum, { documents }) => sum + documents, 0),
    chunks: tables.reduce((sum, { rows }) => sum + rows, 0),
    waiting: tables.reduce((sum, { waiting }) => sum + waiting, 0),
    tables,
    fingerprint: main?.fingerprint ?? null,
    model: main?.model ?? null,
    lastRun,
    failures: { files: totals.failing, listed: failing },
  };
}

/** The tables that there are: that of the default engine first, the others by name. */
async function tablesOf(project: Project, settings: Settings): Promise<TableStatus[]> {
  const stored = await storedTables(project, settings);
  return Promise.all(
    stored.map(async (table) => {
      await using store = await openStored(project, table);
      return tableOf(table, await store.status(), table.calls ? await callsOf(project, table.calls) : null);
    }),
  );
}

async function callsOf(project: Project, name: string): Promise<TableStatus["calls"]> {
  const dir = tablesDir(project);
  await using table = await TableHistory.open(dir, name);
  const { version, rows } = (await table.versions()).at(-1)!;
  return { name, rows, version, bytesOnDisk: await folderBytes(join(dir, `${name}.lance`)) };
}

function tableOf({ name, engine, known }: StoredTable, status: StoreStatus, calls: TableStatus["calls"]): TableStatus {
  const { rows, documents, waiting, version, bytesOnDisk, vectorSearch, indices, embedder } = status;
  return {
    name,
    engine,
    known: known !== undefined,
    documents,
    model: embedder?.name ?? null,
    fingerprint: embedder?.fingerprint ?? null,
    rows,
    waiting,
    version,
    bytesOnDisk,
    vectorSearch,
    indices: indices.map(coverageOf),
    calls,
  };
}

function coverageOf({ column, type, indexedRows, unindexedRows }: StoreStatus["indices"][number]): IndexCoverage {
  const rows = indexedRows + unindexedRows;
  return { column, type, indexedRows, unindexedRows, coverage: rows === 0 ? 1 : indexedRows / rows };
}

function readState(project: Project) {
  if (!existsSync(join(project.stateDir, "state.db"))) {
    return { totals: { items: 0, failing: 0 }, lastRun: null, failing: [] };
  }
  using state = new State(project.stateDir);
  const run = lastRunOf(state, project);
  const failing: Failing[] = [];
  for (const problem of state.problems()) {
    if (failing.length === FAILURES_LISTED) break;
    failing.push(failingOf(problem));
  }
  const lastRun = run ? { ...run, report: run.report === null ? null : JSON.parse(run.report) } : null;
  return { totals: state.totals(), lastRun: lastRun && pickRun(lastRun), failing };
}

/** The last run; one whose process died without a word was interrupted. */
function lastRunOf(state: State, project: Project): RunRow | undefined {
  const run = state.lastRun();
  if (run?.outcome !== "running" || isLocked(project.stateDir)) return run;
  // Nobody works on it any more: either it has ended since it was read, or it never will.
  const now = state.lastRun();
  return now?.id === run.id && now.outcome === "running" ? { ...now, outcome: "interrupted" } : now;
}

function pickRun({ id, started, finished, outcome, report }: LastRun): LastRun {
  return { id, started, finished, outcome, report };
}

function failingOf({ path, row, code, reason, hint }: ProblemRow): Failing {
  return { path, row, code, reason, hint };
}
