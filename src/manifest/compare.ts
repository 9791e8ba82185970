/** Two versions of a table beside each other, row by row; one of them lies on the disk meanwhile, not in memory. */
import type { Database } from "bun:sqlite";
import { openState } from "./open.ts";

export interface ComparedRow {
  id: string;
  path: string;
  startLine: number;
  endLine: number;
  /** Equal where everything in the row is. */
  hash: string;
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

const TABLES = `
DROP TABLE IF EXISTS temp.earlier; DROP TABLE IF EXISTS temp.counts;
CREATE TEMP TABLE earlier (id TEXT PRIMARY KEY, hash TEXT NOT NULL, path TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE counts (path TEXT PRIMARY KEY, before INTEGER NOT NULL, after INTEGER NOT NULL, added INTEGER NOT NULL,
  removed INTEGER NOT NULL, changed INTEGER NOT NULL) WITHOUT ROWID;`;

export class RowComparison implements Disposable {
  readonly #database: Database;

  constructor(stateDir: string) {
    this.#database = openState(stateDir);
    this.#database.run(TABLES);
  }

  /** What differs, as it is found; files are counted on the way. */
  async *changes(before: AsyncIterable<ComparedRow>, after: AsyncIterable<ComparedRow>): AsyncGenerator<Change> {
    const database = this.#database;
    const tally = this.#tally();
    const insert = database.query("INSERT OR REPLACE INTO earlier VALUES (?, ?, ?, ?, ?)");
    database.run("DELETE FROM earlier");
    database.run("BEGIN");
    try {
      for await (const { id, hash, path, startLine, endLine } of before) {
        insert.run(id, hash, path, startLine, endLine);
        tally("before", path);
      }
      const find = database.query("SELECT hash FROM earlier WHERE id = ?");
      const remove = database.query("DELETE FROM earlier WHERE id = ?");
      for await (const { hash, ...row } of after) {
        tally("after", row.path);
        const known = find.get(row.id) as { hash: string } | null;
        if (known) remove.run(row.id);
        if (known?.hash === hash) continue;
        const change = known ? "changed" : "added";
        tally(change, row.path);
        yield { change, ...row };
      }
      const rest = database.query("SELECT id, path, first, last FROM earlier ORDER BY path, first, id").all();
      for (const { id, path, first, last } of rest as { id: string; path: string; first: number; last: number }[]) {
        tally("removed", path);
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

  #tally(): (column: "before" | "after" | Change["change"], path: string) => void {
    const add = this.#database.query("INSERT OR IGNORE INTO counts VALUES (?, 0, 0, 0, 0, 0)");
    const columns = ["before", "after", "added", "removed", "changed"] as const;
    const raise = new Map(
      columns.map((column) => [
        column,
        this.#database.query(`UPDATE counts SET ${column} = ${column} + 1 WHERE path = ?`),
      ]),
    );
    return (column, path) => {
      if (raise.get(column)!.run(path).changes > 0) return;
      add.run(path);
      raise.get(column)!.run(path);
    };
  }
}
