/**
 * The project's state: one row per source item, its documents, and what went wrong with it.
 *
 * Order of commits: a document's row is written before its chunks reach the store, the item's final row after. So
 * everything in the store is known here, and a crash between the two repeats an idempotent upsert.
 */
import type { Database } from "bun:sqlite";
import { version } from "../../package.json";
import type { Reject } from "../core/document.ts";
import { openState } from "./open.ts";

export { stateError } from "./open.ts";

/** `skipped`: a file that no format reads, or that was left alone for what it holds. */
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
  /** Names of the engines whose tables hold its documents, sorted, by comma; "" when there are no documents. */
  engine: string;
  /** Kinds of its documents in the same form; "" also where that was never written down. */
  kind: string;
}

/** The names in `engine` or `kind` of an item. */
export const namesIn = (list: string): string[] => (list === "" ? [] : list.split(","));

export interface StoredDocument {
  uri: string;
  engine: string;
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

/** Failures that may pass although the file looks the same, so that the next run tries again. */
const TRANSIENT = ["unreadable", "vanished", "changed-while-reading"];
const PAGE_ROWS = 500;
/** Prefix of a problem's `item` when it belongs to a root, not to a file; no uri begins like this. */
const UNLISTED = "root: ";

/** Over `scan s JOIN item i`: the file is as it was when it was recorded, and recorded to its end. */
const UNTOUCHED = `
  i.size = s.size AND i.mtime = s.mtime AND i.outcome <> 'pending'
  AND NOT EXISTS (SELECT 1 FROM problem p WHERE p.item = s.uri AND p.code IN (${TRANSIENT.map((c) => `'${c}'`)}))`;

export class State implements Disposable {
  readonly #database: Database;

  /** Opens or creates `state.db` in the folder. */
  constructor(stateDir: string) {
    this.#database = openState(stateDir);
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
      .query("INSERT INTO run VALUES (?, ?, NULL, 'running', ?, ?, NULL, ?)")
      .run(id, new Date().toISOString(), JSON.stringify(inputs), JSON.stringify(settings), version);
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
    this.#database.run("DELETE FROM scan; DELETE FROM same;");
  }

  /** Adds found items; one that was found already (by another input) stays as it is, unless this one names it. */
  addScanned(rows: readonly ScanRow[]): void {
    const insert = this.#database.query(`
      INSERT INTO scan VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT(uri) DO UPDATE SET root = excluded.root WHERE excluded.root IN (excluded.path, '-')`);
    this.transaction(() => {
      for (const r of rows) insert.run(r.uri, r.root, r.path, r.absolute, r.size, r.mtime);
    });
  }

  scanned(): number {
    return this.#count("SELECT count(*) AS n FROM scan");
  }

  /**
   * Settles which scanned items are as they are recorded: size and time are the same, and `isCurrent` agrees that the
   * settings and the engine still are. The others are candidates.
   *
   * @param isCurrent is told the root that the scan found the item under, too
   */
  compareScan(isCurrent: (item: ItemRow, foundUnder: string) => boolean): void {
    const page = this.#database.query(`
      SELECT i.*, s.root AS foundUnder FROM scan s JOIN item i ON i.uri = s.uri
      WHERE s.uri > $after AND ${UNTOUCHED} ORDER BY s.uri LIMIT ${PAGE_ROWS}`);
    const insert = this.#database.query("INSERT INTO same VALUES (?)");
    this.transaction(() => {
      this.#database.run("DELETE FROM same");
      for (const { foundUnder, ...item } of pages<ItemRow & { foundUnder: string }>((after) => page.all({ after }))) {
        if (isCurrent(item, foundUnder)) insert.run(item.uri);
      }
    });
  }

  /** Scanned items that are new or changed, ordered by uri. */
  *candidates(): Generator<{ scan: ScanRow; prior: ItemRow | undefined }> {
    const page = this.#database.query(`
      SELECT s.* FROM scan s LEFT JOIN same ON same.uri = s.uri
      WHERE s.uri > $after AND same.uri IS NULL ORDER BY s.uri LIMIT ${PAGE_ROWS}`);
    for (const scan of pages<ScanRow>((after) => page.all({ after }))) yield { scan, prior: this.item(scan.uri) };
  }

  countCandidates(): number {
    return this.#count("SELECT (SELECT count(*) FROM scan) - (SELECT count(*) FROM same) AS n");
  }

  /** Scanned items that are as recorded and were refused then. */
  countStillFailing(): number {
    return this.#count("SELECT count(*) AS n FROM same s WHERE EXISTS (SELECT 1 FROM problem p WHERE p.item = s.uri)");
  }

  /** Scanned items that are as recorded and were skipped then, by the settings of their records. */
  stillSkipped(): { settings: string; items: number }[] {
    return this.#database
      .query(`
        SELECT i.settings, count(*) AS items FROM same s JOIN item i ON i.uri = s.uri
        WHERE i.outcome = 'skipped' GROUP BY i.settings ORDER BY i.settings`)
      .all() as { settings: string; items: number }[];
  }

  isScanned(uri: string): boolean {
    return this.#database.query("SELECT 1 FROM scan WHERE uri = ?").get(uri) !== null;
  }

  /** Recorded items that the scan did not find, ordered by uri. */
  *unseen(): Generator<ItemRow> {
    const page = this.#database.query(`
      SELECT i.* FROM item i LEFT JOIN scan s ON s.uri = i.uri
      WHERE i.uri > $after AND s.uri IS NULL ORDER BY i.uri LIMIT ${PAGE_ROWS}`);
    yield* pages<ItemRow>((after) => page.all({ after }));
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

  /** Lets the next run read an item again, as if the settings that it was read with had changed. */
  forgetSettings(uri: string): void {
    this.#database.query("UPDATE item SET settings = '' WHERE uri = ?").run(uri);
  }

  /** Marks items as being written, and their documents as theirs, before anything reaches the store. */
  beginDocuments(
    run: string,
    documents: readonly { uri: string; engine: string; item: ScanRow; chunks: number }[],
  ): void {
    const pend = this.#database.query(
      `INSERT INTO item VALUES ($uri, $root, $path, $size, '', '', '', 'pending', 0, 0, $run, '', '')
       ON CONFLICT(uri) DO UPDATE SET outcome = 'pending'`,
    );
    const upsert = this.#database.query("INSERT OR REPLACE INTO doc VALUES (?, ?, ?, ?, ?)");
    const seen = new Set<string>();
    this.transaction(() => {
      for (const { uri, engine, item, chunks } of documents) {
        if (!seen.has(item.uri)) {
          seen.add(item.uri);
          pend.run({ uri: item.uri, root: item.root, path: item.path, size: item.size, run });
        }
        upsert.run(uri, item.uri, chunks, run, engine);
      }
    });
  }

  /** Documents of an item that this run has not seen again. */
  staleDocuments(item: string, run: string): StoredDocument[] {
    return this.#database
      .query("SELECT uri, engine FROM doc WHERE item = ? AND run <> ?")
      .all(item, run) as StoredDocument[];
  }

  documentsOf(item: string): StoredDocument[] {
    return this.#database.query("SELECT uri, engine FROM doc WHERE item = ?").all(item) as StoredDocument[];
  }

  /** The engine whose table the document has reached, or may have; undefined for one that is new. */
  engineOf(uri: string): string | undefined {
    const found = this.#database.query("SELECT engine FROM doc WHERE uri = ?").get(uri) as { engine: string } | null;
    return found?.engine;
  }

  /** Engines that hold documents, sorted, with the passages of each. */
  engines(): { engine: string; documents: number; chunks: number }[] {
    const sums = "SELECT engine, count(*) AS documents, sum(chunks) AS chunks FROM doc GROUP BY engine ORDER BY engine";
    return this.#database.query(sums).all() as { engine: string; documents: number; chunks: number }[];
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
          "INSERT OR REPLACE INTO item VALUES ($uri, $root, $path, $size, $mtime, $hash, $settings, $outcome, $documents, $chunks, $run, $engine, $kind)",
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

  /** Adds a problem that came to light after its item was finished; false when the item has it already. */
  addProblem(item: string, path: string, problem: Reject): boolean {
    const known = this.problemsOf(item).some((p) => p.code === problem.code && p.excerpt === problem.excerpt);
    if (!known) this.#addProblem(item, path, problem);
    return !known;
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

  /** Forgets every item with documents in an engine, as when its table was removed by hand. */
  forgetEngine(engine: string): void {
    this.transaction(() => {
      for (const table of ["problem", "item"]) {
        const column = table === "item" ? "uri" : "item";
        this.#database
          .query(`DELETE FROM ${table} WHERE ${column} IN (SELECT item FROM doc WHERE engine = ?)`)
          .run(engine);
      }
      this.#database.query("DELETE FROM doc WHERE engine = ?").run(engine);
    });
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

/** All rows of a query over pages, ordered by uri. */
function* pages<Row extends { uri: string }>(read: (after: string) => unknown[]): Generator<Row> {
  for (let after = ""; ; ) {
    const rows = read(after) as Row[];
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_ROWS) return;
    after = last.uri;
  }
}
