/** Two versions of a table beside each other, row by row; one of them lies on the disk meanwhile, not in memory. */
import type { Database } from "bun:sqlite";
import { docSums, type StoredRow } from "./doc-sums.ts";
import { openState } from "./open.ts";

export interface ComparedRow {
  id: string;
  doc: string;
  path: string;
  startLine: number;
  endLine: number;
  /** Equal where everything in the row is. */
  hash: string;
}

/** The rows of a version: once in sums, once more for those of documents that differ. */
export interface ComparedVersion {
  sums(): AsyncIterable<StoredRow>;
  rows(): AsyncIterable<ComparedRow>;
}

export interface Change {
  change: "added" | "removed" | "changed";
  id: string;
  path: string;
  startLine: number;
  endLine: number;
}

export interface FileCounts {
  path: string;
  /** Passages of both versions. */
  before: number;
  after: number;
  added: number;
  removed: number;
  changed: number;
}

const SUMS =
  "(doc TEXT PRIMARY KEY, path TEXT NOT NULL, chunks INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL)";
const TABLES = `
DROP TABLE IF EXISTS temp.sums_before; DROP TABLE IF EXISTS temp.sums_after;
DROP TABLE IF EXISTS temp.earlier; DROP TABLE IF EXISTS temp.counts;
CREATE TEMP TABLE sums_before ${SUMS} WITHOUT ROWID;
CREATE TEMP TABLE sums_after ${SUMS} WITHOUT ROWID;
CREATE TEMP TABLE earlier (id TEXT PRIMARY KEY, hash TEXT NOT NULL, path TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE counts (path TEXT PRIMARY KEY, before INTEGER NOT NULL, after INTEGER NOT NULL, added INTEGER NOT NULL,
  removed INTEGER NOT NULL, changed INTEGER NOT NULL) WITHOUT ROWID;`;

const DIFFERING = `
SELECT coalesce(x.doc, y.doc) AS doc FROM sums_before x FULL JOIN sums_after y ON y.doc = x.doc
WHERE x.doc IS NULL OR y.doc IS NULL OR x.a <> y.a OR x.b <> y.b OR x.chunks <> y.chunks OR x.path <> y.path`;

export class RowComparison implements Disposable {
  readonly #database: Database;

  constructor(stateDir: string) {
    this.#database = openState(stateDir);
    this.#database.run(TABLES);
  }

  /** What differs, as it is found; files are counted on the way. */
  async *changes(before: ComparedVersion, after: ComparedVersion): AsyncGenerator<Change> {
    const database = this.#database;
    database.run("DELETE FROM sums_before; DELETE FROM sums_after; DELETE FROM earlier");
    await this.#sum("before", before);
    await this.#sum("after", after);
    const found = database.query(DIFFERING).all() as { doc: string }[];
    const differing = new Set(found.map(({ doc }) => doc));
    if (differing.size === 0) return;
    const raise = Object.fromEntries(
      (["added", "removed", "changed"] as const).map((column) => [
        column,
        database.query(`UPDATE counts SET ${column} = ${column} + 1 WHERE path = ?`),
      ]),
    );
    const insert = database.query("INSERT OR REPLACE INTO earlier VALUES (?, ?, ?, ?, ?)");
    database.run("BEGIN");
    try {
      for await (const { id, doc, hash, path, startLine, endLine } of before.rows()) {
        if (differing.has(doc)) insert.run(id, hash, path, startLine, endLine);
      }
      const take = database.query("DELETE FROM earlier WHERE id = ? RETURNING hash");
      for await (const { id, doc, hash, path, startLine, endLine } of after.rows()) {
        if (!differing.has(doc)) continue;
        const known = take.get(id) as { hash: string } | null;
        if (known?.hash === hash) continue;
        const change = known ? "changed" : "added";
        raise[change]!.run(path);
        yield { change, id, path, startLine, endLine };
      }
      const rest = database.query("SELECT id, path, first, last FROM earlier ORDER BY path, first, id").all();
      for (const { id, path, first, last } of rest as { id: string; path: string; first: number; last: number }[]) {
        raise.removed!.run(path);
        yield { change: "removed", id, path, startLine: first, endLine: last };
      }
    } finally {
      database.run("COMMIT");
    }
  }

  /** Files with passages in either version, by path; those of all comparisons that were made. */
  files(): Iterable<FileCounts> {
    return this.#database.query("SELECT * FROM counts ORDER BY path").iterate() as Iterable<FileCounts>;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  async #sum(which: "before" | "after", version: ComparedVersion): Promise<void> {
    const database = this.#database;
    const add = database.query(`
      INSERT INTO sums_${which} VALUES ($doc, $path, $chunks, $a, $b)
      ON CONFLICT DO UPDATE SET chunks = chunks + $chunks, a = a + $a, b = b + $b`);
    for await (const sums of docSums(version.sums())) {
      database.transaction(() => {
        for (const { doc, path, chunks, a, b } of sums) add.run({ doc, path, chunks, a, b });
      })();
    }
    database.run(`
      INSERT INTO counts SELECT path, 0, 0, 0, 0, 0 FROM sums_${which} WHERE true ON CONFLICT DO NOTHING;
      UPDATE counts SET ${which} = ${which} + s.chunks
      FROM (SELECT path, sum(chunks) AS chunks FROM sums_${which} GROUP BY path) s WHERE s.path = counts.path`);
  }
}
