/** What an ingest says while it runs and when it is done: the stable contract of `ingest --json`. */
import type { Reject } from "../../core/document.ts";
import { say } from "../../core/log.ts";

export interface IngestProgress {
  phase: "scan" | "ingest" | "index" | "vectors";
  /** Files found so far. */
  scanned: number;
  /** Files that are new or changed, and how many of them are done. */
  items: number;
  done: number;
  chunks: number;
  embedded: number;
  /** Chunks that waited for their vectors when the phase `vectors` began. */
  waiting: number;
  tokens: number;
  current?: string;
}

export interface Failure {
  /** Relative to the project folder, or absolute outside it. */
  path: string;
  row?: number;
  field?: string;
  code: string;
  reason: string;
  hint?: string;
}

/** One engine in a run. */
export interface EngineReport {
  /** Documents and chunks in its table now. */
  documents: number;
  chunks: number;
  /** Chunks embedded, found in the user's cache of vectors and removed in this run. */
  embedded: number;
  cached: number;
  removed: number;
  /** The model that it worked with, null when it had nothing to do. */
  model: string | null;
  /** Why that is not the model made for it, null when it is. */
  note: string | null;
}

export interface IngestReport {
  run: string;
  /** Files found. */
  scanned: number;
  added: number;
  updated: number;
  unchanged: number;
  moved: number;
  deleted: number;
  /** Files with something wrong in them now, those of earlier runs that are unchanged included. */
  failed: number;
  /** Records (files or rows) that were refused in this run. */
  rejected: number;
  /** `cached`: their vectors were in the user's cache. `kept`: stored as they were. */
  chunks: { embedded: number; cached: number; kept: number; removed: number; total: number };
  /** Tokens that went through the model. */
  tokens: number;
  /** Passages longer than the model takes, whose tail the vector does not see. */
  truncated: number;
  /** `text`: from the start until all text could be searched; null where nothing waited for vectors after that. */
  seconds: {
    total: number;
    text: number | null;
    scan: number;
    read: number;
    embed: number;
    store: number;
    index: number;
  };
  /** Files left alone, by reason. */
  skipped: Record<string, number>;
  /** Failures of this run, at most `FAILURES_SHOWN`; all of them are in the rejects file. */
  failures: Failure[];
  /** Files that were failing before and have not changed. */
  stillFailing: number;
  /** JSONL with every record that is refused at present, null when there is none. */
  rejectsFile: string | null;
  /** Fields that were chosen by guess for rows, by path; at most `GUESSES_SHOWN`. */
  guesses: Record<string, string>;
  /** What the user should know of the models and their cache. */
  notes: string[];
  /** By name, those that hold documents or had something to do. */
  engines: Record<string, EngineReport>;
}

export const FAILURES_SHOWN = 100;
export const GUESSES_SHOWN = 20;

/** Fails on what went wrong in this run; with `strict` also on what was wrong before. */
export function exitCodeOf(report: IngestReport, strict: boolean): 0 | 1 {
  const fresh = report.failed - report.stillFailing;
  return fresh > 0 || report.rejected > 0 || (strict && report.stillFailing > 0) ? 1 : 0;
}

export function emptyReport(run: string): IngestReport {
  return {
    run,
    scanned: 0,
    added: 0,
    updated: 0,
    unchanged: 0,
    moved: 0,
    deleted: 0,
    failed: 0,
    rejected: 0,
    chunks: { embedded: 0, cached: 0, kept: 0, removed: 0, total: 0 },
    tokens: 0,
    truncated: 0,
    seconds: { total: 0, text: null, scan: 0, read: 0, embed: 0, store: 0, index: 0 },
    skipped: {},
    failures: [],
    stillFailing: 0,
    rejectsFile: null,
    guesses: {},
    notes: [],
    engines: {},
  };
}

/** The part of an engine in a report. */
export function engineReport(report: IngestReport, engine: string): EngineReport {
  report.engines[engine] ??= { documents: 0, chunks: 0, embedded: 0, cached: 0, removed: 0, model: null, note: null };
  return report.engines[engine];
}

/** Counts what was done to an engine's table. */
export function count(
  report: IngestReport,
  engine: string,
  done: { embedded?: number; cached?: number; removed?: number },
): void {
  const part = engineReport(report, engine);
  part.embedded += done.embedded ?? 0;
  part.cached += done.cached ?? 0;
  part.removed += done.removed ?? 0;
  report.chunks.removed += done.removed ?? 0;
}

/** Logs what was refused, and keeps it in the report as far as there is room. */
export function keepFailure(report: IngestReport, path: string, reject: Reject): void {
  const failure = failureOf(path, reject);
  say("warn", "reject", { ...failure });
  if (report.failures.length < FAILURES_SHOWN) report.failures.push(failure);
}

/** The numbers that a log's last line has. */
export function countsOf(report: IngestReport): Record<string, number> {
  const { scanned, added, updated, unchanged, moved, deleted, failed, rejected, chunks, tokens } = report;
  const { embedded, cached, removed, total } = chunks;
  return {
    scanned,
    added,
    updated,
    unchanged,
    moved,
    deleted,
    failed,
    rejected,
    embedded,
    cached,
    removed,
    chunks: total,
    tokens,
  };
}

export function failureOf(path: string, reject: Reject): Failure {
  return {
    path,
    ...(reject.row === undefined ? {} : { row: reject.row }),
    ...(reject.field === undefined ? {} : { field: reject.field }),
    code: reject.code,
    reason: reject.reason,
    ...(reject.hint === undefined ? {} : { hint: reject.hint }),
  };
}
