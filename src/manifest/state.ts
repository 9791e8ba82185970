/**
 * The project's state: one row per source item, its documents, and what went wrong with it.
 *
 * Order of commits: a document's row is written before its chunks reach the store, the item's final row after. So
 * everything in the store is known here, and a crash between the two repeats an idempotent upsert.
 */
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Reject } from "../core/document.ts";
import { MdpError } from "../core/errors.ts";
import { STATE_TABLES, STATE_VERSION } from "./schema.ts";

/** `skipped`: a file that no format reads. */
export type Outcome = "pending" | "ok" | "failed" | "partial" | "skipped";

export interface ItemRow {
  uri: string;
  root: string;
  path: string;
  size: number;
  mtime: string;
  hash: string;
  settings: string;
  outcome: Outcome;
  documents: number;
  chunks: number;
  run: string;
}

export interface ScanRow {
  uri: string;
  root: string;
  path: string;
  absolute: string;
  size: number;
  mtime: string;
}

export interface ProblemRow {
  item: string;
  path: string;
  row: number | null;
  field: string | null;
  code: string;
  reason: string;
  hint: string | null;
  excerpt: string | null;
}

export interface RunRow {
  id: string;
  started: string;
  finished: string | null;
  outcome: "running" | "finished" | "failed" | "interrupted";
  report: string | null;
}

/** SQLite's failures in words; any other error as it is. */
export function stateError(error: unknown, where: string): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== "string" || !code.startsWith("SQLITE_")) return error;
  return new MdpError({
    code: "state-unusable",
    message: `the project's state cannot be read or written: ${(error as Error).message}`,
    where,
    hint: "check that the folder is writable and the disk is not full; if the file is damaged, remove .mdp/ and ingest again",
    cause: error,
  });
}

/** Failures that may pass although the file looks the same, so that the next run tries again. */
const TRANSIENT = ["unreadable", "vanished", "changed-while-reading"];
const PAGE_ROWS = 500;
/** Prefix of a problem's `item` when it belongs to a root, not to a file; no uri begins like this. */
const UNLISTED = "root: ";

/** Over `scan s LEFT JOIN item i`: what is recorded is still what is there. */
const UNCHANGED = `
  i.uri IS NOT NULL AND i.size = s.size AND i.mtime = s.mtime AND i.settings = $settings AND i.outcome <> 'pending'
  AND NOT EXISTS (SELECT 1 FROM problem p WHERE p.item = s.uri AND p.code IN (${TRANSIENT.map((c) => `'${c}'`)}))`;

export class State implements Disposable {
  readonly #database: Database;

  /** Opens or creates `state.db` in the folder. */
  constructor(stateDir: string) {
    mkdirSync(stateDir, { recursive: true });
    const file = join(stateDir, "state.db");
    try {
      this.#database = new Database(file, { create: true, strict: true });
      this.#database.run("PRAGMA busy_timeout = 5000");
      this.#database.run("PRAGMA journal_mode = WAL");
      this.#database.run("PRAGMA synchronous = NORMAL");
      const { user_version: version } = this.#database.query("PRAGMA user_version").get() as { user_version: number };
      if (version > STATE_VERSION) {
        throw new MdpError({
          code: "state-too-new",
          message: `state version ${version} is newer than this program's ${STATE_VERSION}`,
          where: file,
          hint: "update mdp",
        });
      }
      this.#database.run(STATE_TABLES);
      if (version !== STATE_VERSION) this.#database.run(`PRAGMA user_version = ${STATE_VERSION}`);
    } catch (error) {
      throw stateError(error, file);
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Runs `body` in one transaction. */
  transaction<T>(body: () => T): T {
    return this.#database.transaction(body)();
  }

  meta(key: string): string | undefined {
    return (this.#database.query("SELECT value FROM meta WHERE key = ?").get(key) as { value: string } | null)?.value;
  }

  setMeta(key: string, value: string): void {
    this.#database.query("INSERT OR REPLACE INTO meta VALUES (?, ?)").run(key, value);
  }

  // Runs

  beginRun(id: string, inputs: readonly string[], settings: unknown): void {
    this.#database.query("UPDATE run SET outcome = 'interrupted' WHERE outcome = 'running'").run();
    this.#database
      .query("INSERT INTO run VALUES (?, ?, NULL, 'running', ?, ?, NULL)")
      .run(id, new Date().toISOString(), JSON.stringify(inputs), JSON.stringify(settings));
  }

  finishRun(id: string, outcome: RunRow["outcome"], report: unknown): void {
    this.#database
      .query("UPDATE run SET finished = ?, outcome = ?, report = ? WHERE id = ?")
      .run(new Date().toISOString(), outcome, JSON.stringify(report ?? null), id);
  }

  lastRun(): RunRow | undefined {
    return (
      (this.#database.query("SELECT * FROM run ORDER BY started DESC, id DESC LIMIT 1").get() as RunRow) ?? undefined
    );
  }

  // Scan: what is there now

  clearScan(): void {
    this.#database.run("DELETE FROM scan");
  }

  /** Adds found items; one that was found already (by another input) stays as it is. */
  addScanned(rows: readonly ScanRow[]): void {
    const insert = this.#database.query("INSERT OR IGNORE INTO scan VALUES (?, ?, ?, ?, ?, ?)");
    this.transaction(() => {
      for (const r of rows) insert.run(r.uri, r.root, r.path, r.absolute, r.size, r.mtime);
    });
  }

  scanned(): number {
    return this.#count("SELECT count(*) AS n FROM scan");
  }

  /** Scanned items whose size, time or settings differ from what is recorded, ordered by uri. */
  *candidates(settings: string): Generator<{ scan: ScanRow; prior: ItemRow | undefined }> {
    const page = this.#database.query(`
      SELECT s.* FROM scan s LEFT JOIN item i ON i.uri = s.uri
      WHERE s.uri > $after AND NOT (${UNCHANGED}) ORDER BY s.uri LIMIT ${PAGE_ROWS}`);
    for (let after = ""; ; ) {
      const rows = page.all({ after, settings }) as ScanRow[];
      for (const scan of rows) yield { scan, prior: this.item(scan.uri) };
      const last = rows.at(-1);
      if (!last || rows.length < PAGE_ROWS) return;
      after = last.uri;
    }
  }

  countCandidates(settings: string): number {
    return this.#count(`SELECT count(*) AS n FROM scan s LEFT JOIN item i ON i.uri = s.uri WHERE NOT (${UNCHANGED})`, {
      settings,
    });
  }

  /** Scanned items that are as recorded and were refused then. */
  countStillFailing(settings: string): number {
    return this.#count(
      `SELECT count(*) AS n FROM scan s JOIN item i ON i.uri = s.uri WHERE ${UNCHANGED}
       AND EXISTS (SELECT 1 FROM problem p WHERE p.item = s.uri)`,
      { settings },
    );
  }

  /** Scanned items that are as recorded and that no format reads. */
  countStillSkipped(settings: string): number {
    return this.#count(
      `SELECT count(*) AS n FROM scan s JOIN item i ON i.uri = s.uri WHERE ${UNCHANGED} AND i.outcome = 'skipped'`,
      { settings },
    );
  }

  isScanned(uri: string): boolean {
    return this.#database.query("SELECT 1 FROM scan WHERE uri = ?").get(uri) !== null;
  }

  /** Recorded items that the scan did not find, ordered by uri. */
  *unseen(): Generator<ItemRow> {
    const page = this.#database.query(`
      SELECT i.* FROM item i LEFT JOIN scan s ON s.uri = i.uri
      WHERE i.uri > $after AND s.uri IS NULL ORDER BY i.uri LIMIT ${PAGE_ROWS}`);
    for (let after = ""; ; ) {
      const rows = page.all({ after }) as ItemRow[];
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < PAGE_ROWS) return;
      after = last.uri;
    }
  }

  // Items

  item(uri: string): ItemRow | undefined {
    return (this.#database.query("SELECT * FROM item WHERE uri = ?").get(uri) as ItemRow | null) ?? undefined;
  }

  /** Items with this content, so that a renamed file is recognised. */
  itemsWithHash(hash: string): ItemRow[] {
    if (hash === "") return [];
    return this.#database
      .query("SELECT * FROM item WHERE hash = ? AND outcome <> 'pending' ORDER BY uri")
      .all(hash) as ItemRow[];
  }

  hasItemsOfRoot(root: string): boolean {
    return this.#database.query("SELECT 1 FROM item WHERE root = ? LIMIT 1").get(root) !== null;
  }

  hasItems(): boolean {
    return this.#database.query("SELECT 1 FROM item LIMIT 1").get() !== null;
  }

  /** The same content under a new time: nothing to do but to remember it. */
  touchItem(uri: string, size: number, mtime: string): void {
    this.#database.query("UPDATE item SET size = ?, mtime = ? WHERE uri = ?").run(size, mtime, uri);
  }

  /** Marks items as being written, and their documents as theirs, before anything reaches the store. */
  beginDocuments(run: string, documents: readonly { uri: string; item: ScanRow; chunks: number }[]): void {
    const pend = this.#database.query(
      `INSERT INTO item VALUES ($uri, $root, $path, $size, '', '', '', 'pending', 0, 0, $run)
       ON CONFLICT(uri) DO UPDATE SET outcome = 'pending'`,
    );
    const upsert = this.#database.query("INSERT OR REPLACE INTO doc VALUES (?, ?, ?, ?)");
    const seen = new Set<string>();
    this.transaction(() => {
      for (const { uri, item, chunks } of documents) {
        if (!seen.has(item.uri)) {
          seen.add(item.uri);
          pend.run({ uri: item.uri, root: item.root, path: item.path, size: item.size, run });
        }
        upsert.run(uri, item.uri, chunks, run);
      }
    });
  }

  /** Documents of an item that this run has not seen again. */
  staleDocuments(item: string, run: string): string[] {
    const rows = this.#database.query("SELECT uri FROM doc WHERE item = ? AND run <> ?").all(item, run);
    return (rows as { uri: string }[]).map((r) => r.uri);
  }

  documentsOf(item: string): string[] {
    return (this.#database.query("SELECT uri FROM doc WHERE item = ?").all(item) as { uri: string }[]).map(
      (r) => r.uri,
    );
  }

  /** Whether the document has reached the store, or may have. */
  hasDocument(uri: string): boolean {
    return this.#database.query("SELECT 1 FROM doc WHERE uri = ?").get(uri) !== null;
  }

  removeDocuments(uris: readonly string[]): void {
    const remove = this.#database.query("DELETE FROM doc WHERE uri = ?");
    this.transaction(() => {
      for (const uri of uris) remove.run(uri);
    });
  }

  /** The item's final row, with its problems, once everything of it is in the store. */
  finishItem(item: Omit<ItemRow, "documents" | "chunks">, problems: readonly Reject[]): void {
    this.transaction(() => {
      const { n, c } = this.#database
        .query("SELECT count(*) AS n, coalesce(sum(chunks), 0) AS c FROM doc WHERE item = ?")
        .get(item.uri) as { n: number; c: number };
      this.#database
        .query(
          "INSERT OR REPLACE INTO item VALUES ($uri, $root, $path, $size, $mtime, $hash, $settings, $outcome, $documents, $chunks, $run)",
        )
        .run({ ...item, documents: n, chunks: c });
      this.#database.query("DELETE FROM problem WHERE item = ?").run(item.uri);
      for (const p of problems) this.#addProblem(item.uri, item.path, p);
    });
  }

  /**
   * Replaces what could not be listed under a root (an unreadable folder, a name that is not text).
   * Returns those that were not known before.
   */
  replaceUnlisted(root: string, problems: readonly { path: string; reject: Reject }[]): Reject[] {
    const key = `${UNLISTED}${root}`;
    return this.transaction(() => {
      const known = new Set(this.problemsOf(key).map((p) => `${p.code} ${p.path}`));
      this.#database.query("DELETE FROM problem WHERE item = ?").run(key);
      for (const { path, reject } of problems) this.#addProblem(key, path, reject);
      return problems.filter(({ path, reject }) => !known.has(`${reject.code} ${path}`)).map(({ reject }) => reject);
    });
  }

  #addProblem(item: string, path: string, p: Reject): void {
    this.#database
      .query("INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .run(item, path, p.row ?? null, p.field ?? null, p.code, p.reason, p.hint ?? null, p.excerpt ?? null);
  }

  removeItem(uri: string): void {
    this.transaction(() => {
      this.#database.query("DELETE FROM doc WHERE item = ?").run(uri);
      this.#database.query("DELETE FROM problem WHERE item = ?").run(uri);
      this.#database.query("DELETE FROM item WHERE uri = ?").run(uri);
    });
  }

  /** Forgets every item, as when the store's folder was removed by hand. */
  forgetItems(): void {
    this.#database.run("DELETE FROM doc; DELETE FROM problem; DELETE FROM item;");
  }

  // Totals and problems

  totals(): { items: number; documents: number; chunks: number; failing: number } {
    const { items, documents, chunks } = this.#database
      .query(
        "SELECT count(*) AS items, coalesce(sum(documents), 0) AS documents, coalesce(sum(chunks), 0) AS chunks FROM item",
      )
      .get() as { items: number; documents: number; chunks: number };
    return {
      items,
      documents,
      chunks,
      failing: this.#count(
        `SELECT count(DISTINCT item || '\n' || CASE WHEN item LIKE '${UNLISTED}%' THEN path ELSE '' END) AS n FROM problem`,
      ),
    };
  }

  problemsOf(item: string): ProblemRow[] {
    return this.#database.query("SELECT * FROM problem WHERE item = ? ORDER BY rowid").all(item) as ProblemRow[];
  }

  /** Whether the item failed in a way that may pass although the file looks the same. */
  mayRecover(item: string): boolean {
    return this.problemsOf(item).some((p) => TRANSIENT.includes(p.code));
  }

  /** All problems, ordered by path. */
  problems(): Iterable<ProblemRow> {
    return this.#database.query("SELECT * FROM problem ORDER BY path, rowid").iterate() as Iterable<ProblemRow>;
  }

  #count(sql: string, parameters: Record<string, string> = {}): number {
    return (this.#database.query(sql).get(parameters) as { n: number }).n;
  }
}
