/** Reading `state.db` from end to end: files in the order of their paths, one at a time, whatever their number. */
import type { Database } from "bun:sqlite";
import { openState } from "./open.ts";
import type { ItemRow, RunRow } from "./state.ts";

export interface ListedItem extends ItemRow {
  /** When the run began that recorded it; null when that is not known. */
  started: string | null;
  /** How many of its records were refused, and why the first was. */
  problems: number;
  reason: string | null;
}

/** What could not be listed under a root, such as a folder that may not be read. */
export interface Unlisted {
  path: string;
  code: string;
  reason: string;
}

/** A run with what it was asked for: both as JSON. */
export interface FullRun extends RunRow {
  inputs: string;
  settings: string;
  /** Version of mdp that ran; "" where it was not noted. */
  mdp: string;
}

export class Listing implements Disposable {
  readonly #database: Database;

  constructor(stateDir: string) {
    this.#database = openState(stateDir);
  }

  items(): Iterable<ListedItem> {
    return this.#database
      .query(`
        SELECT i.*, r.started,
          (SELECT count(*) FROM problem p WHERE p.item = i.uri) AS problems,
          (SELECT reason FROM problem p WHERE p.item = i.uri ORDER BY p.rowid LIMIT 1) AS reason
        FROM item i LEFT JOIN run r ON r.id = i.run ORDER BY i.path, i.uri`)
      .iterate() as Iterable<ListedItem>;
  }

  unlisted(): Unlisted[] {
    return this.#database
      .query("SELECT path, code, reason FROM problem WHERE item LIKE 'root: %' ORDER BY path, rowid")
      .all() as Unlisted[];
  }

  /** All runs, the latest first,. */
  runs(): FullRun[] {
    return this.#database.query("SELECT * FROM run ORDER BY started DESC, id DESC").all() as FullRun[];
  }

  run(id: string): FullRun | undefined {
    return (this.#database.query("SELECT * FROM run WHERE id = ?").get(id) as FullRun | null) ?? undefined;
  }

  /** The run that last wrote a document, and its passages; undefined for one that is not there. */
  document(uri: string): { run: string; chunks: number } | undefined {
    const found = this.#database.query("SELECT run, chunks FROM doc WHERE uri = ?").get(uri);
    return (found as { run: string; chunks: number } | null) ?? undefined;
  }

  /** What was named to `ingest`, as items keep it; `-` stands for lists of paths. */
  roots(): string[] {
    const rows = this.#database.query("SELECT DISTINCT root FROM item ORDER BY root").all() as { root: string }[];
    return rows.map(({ root }) => root);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
