/** `status`: what the project holds, how it is indexed, and what went wrong with its files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/schema.ts";
import type { Project } from "../core/project.ts";
import { isLocked } from "../manifest/lock.ts";
import { type ProblemRow, type RunRow, State } from "../manifest/state.ts";
import { openStore, type StoreStatus } from "../store/store.ts";
import type { IngestReport } from "./ingest.ts";

/** Failures that are listed; their number is exact. */
const FAILURES_LISTED = 100;

export interface StatusReport {
  project: string;
  /** Source files. */
  items: number;
  documents: number;
  chunks: number;
  tables: TableStatus[];
  /** Fingerprint of the embedder that wrote the vectors, null when there are none. */
  fingerprint: string | null;
  model: string | null;
  lastRun: LastRun | null;
  failures: { files: number; listed: Failing[] };
}

export interface TableStatus {
  name: string;
  rows: number;
  version: number;
  bytesOnDisk: number;
  /** Chosen by the number of rows. */
  vectorSearch: StoreStatus["vectorSearch"];
  indices: IndexCoverage[];
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
  const store = await storeStatus(project, settings);
  const { totals, lastRun, failing } = readState(project);
  return {
    project: project.dir,
    items: totals.items,
    documents: store?.documents ?? 0,
    chunks: store?.rows ?? 0,
    tables: store?.exists ? [tableOf(store)] : [],
    fingerprint: store?.embedder?.fingerprint ?? null,
    model: store?.embedder?.name ?? null,
    lastRun,
    failures: { files: totals.failing, listed: failing },
  };
}

async function storeStatus(project: Project, settings: Settings): Promise<StoreStatus | null> {
  const dir = join(project.stateDir, "lancedb");
  if (!existsSync(dir)) return null;
  await using store = await openStore({ dir, settings: settings.store });
  return await store.status();
}

function tableOf(status: StoreStatus): TableStatus {
  const { rows, version, bytesOnDisk, vectorSearch, indices } = status;
  return { name: "chunks", rows, version, bytesOnDisk, vectorSearch, indices: indices.map(coverageOf) };
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
