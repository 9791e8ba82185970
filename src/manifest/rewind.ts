/**
 * Taking the state back: to a copy that was made with a tag, or to what the rows of earlier versions of tables say.
 *
 * Both change `state.db` in one transaction, which notes whose change it was, so that one that was made is not made again.
 */
import type { Database } from "bun:sqlite";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { docSums, type StoredRow } from "./doc-sums.ts";
import { openState, stateError } from "./open.ts";

export type { StoredRow } from "./doc-sums.ts";

/** Under it the state names the restore that it has been through last. */
const REWOUND = "rewound";
const COPIED: Readonly<Record<string, string>> = {
  item: "uri, root, path, size, mtime, hash, settings, outcome, documents, chunks, run, engine, kind",
  doc: "uri, item, chunks, run, engine",
  problem: "item, path, row, field, code, reason, hint, excerpt",
};

/** A table that is taken back. */
export interface RewoundTable {
  engine: string;
  /** Rows of now, and of the version that it is taken back to. */
  now: AsyncIterable<StoredRow>;
  before: AsyncIterable<StoredRow>;
}

/** Writes a copy of the state as it is now to `state.db` in a folder. */
export function copyState(stateDir: string, folder: string): void {
  const file = join(folder, "state.db");
  for (const ending of ["", "-wal", "-shm"]) rmSync(file + ending, { force: true });
  using database = openState(stateDir);
  try {
    database.run("VACUUM INTO ?", [file]);
  } catch (error) {
    throw stateError(error, file);
  }
}

export class Rewind implements Disposable {
  readonly #database: Database;

  constructor(stateDir: string) {
    this.#database = openState(stateDir);
  }

  /** Whether the state has been taken back by this restore already. */
  isDone(id: string): boolean {
    const found = this.#database.query("SELECT value FROM meta WHERE key = ?").get(REWOUND);
    return (found as { value: string } | null)?.value === id;
  }

  /** Takes files, documents and problems back to those of a copy; runs stay, as they are history. */
  toCopy(folder: string, id: string): void {
    // Opened once for its own sake: a copy of an older version is brought up to date.
    openState(folder).close();
    const database = this.#database;
    database.run("ATTACH DATABASE ? AS copy", [join(folder, "state.db")]);
    try {
      database
        .transaction(() => {
          for (const [table, columns] of Object.entries(COPIED)) {
            database.run(`DELETE FROM main.${table}`);
            database.run(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM copy.${table}`);
          }
          database.run("DELETE FROM main.meta");
          database.run("INSERT INTO main.meta SELECT key, value FROM copy.meta");
          this.#note(id);
        })
        .immediate();
    } finally {
      database.run("DETACH DATABASE copy");
    }
  }

  /**
   * Takes the documents of some tables back. A file of which a row differs is looked at again by the next run; the
   * others keep what is known of them.
   *
   * @returns the files that differ
   */
  async toRows(tables: readonly RewoundTable[], id: string): Promise<number> {
    const database = this.#database;
    database.run(REWIND_TABLES);
    for (const { engine, now, before } of tables) {
      await this.#gather("rewind_now", engine, now);
      await this.#gather("rewind_then", engine, before);
    }
    database.run("CREATE INDEX temp.rewind_item ON rewind_then(item)");
    return database
      .transaction(() => {
        for (const statement of REWIND) database.run(statement);
        // Rows of then may wait for vectors that those of now have.
        database.run("UPDATE meta SET value = 'due' WHERE key = 'vectors' OR key LIKE 'vectors.%'");
        const { n } = database.query("SELECT count(*) AS n FROM touched").get() as { n: number };
        this.#note(id);
        return n;
      })
      .immediate();
  }

  /** Documents of these rows that the state knows in another engine; to be asked before `toRows`. */
  async elsewhere({ engine, before }: Pick<RewoundTable, "engine" | "before">): Promise<string[]> {
    const found = new Set<string>();
    const query = this.#database.query("SELECT 1 FROM doc WHERE uri = ? AND engine <> ?");
    for await (const { doc } of before) if (!found.has(doc) && query.get(doc, engine)) found.add(doc);
    return [...found];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** The next run looks after the indices of every table. */
  #note(id: string): void {
    this.#database.run(
      "UPDATE meta SET value = 'due' WHERE key IN ('index', 'vectors') OR key LIKE 'index.%' OR key LIKE 'vectors.%'",
    );
    this.#database.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", [REWOUND, id]);
  }

  async #gather(table: "rewind_now" | "rewind_then", engine: string, rows: AsyncIterable<StoredRow>): Promise<void> {
    const insert = this.#database.query(`
      INSERT INTO ${table} VALUES ($engine, $doc, $item, $root, $path, $kind, $chunks, $a, $b)
      ON CONFLICT DO UPDATE SET chunks = chunks + $chunks, a = a + $a, b = b + $b`);
    for await (const sums of docSums(rows)) {
      this.#database.transaction(() => {
        for (const sum of sums) insert.run({ engine, ...sum });
      })();
    }
  }
}

const ROWS = `(engine TEXT NOT NULL, doc TEXT NOT NULL, item TEXT NOT NULL, root TEXT NOT NULL, path TEXT NOT NULL,
  kind TEXT NOT NULL, chunks INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (engine, doc)) WITHOUT ROWID`;
const REWIND_TABLES = `
DROP TABLE IF EXISTS temp.rewind_now; DROP TABLE IF EXISTS temp.rewind_then; DROP TABLE IF EXISTS temp.touched;
CREATE TEMP TABLE rewind_now ${ROWS};
CREATE TEMP TABLE rewind_then ${ROWS};
CREATE TEMP TABLE touched (uri TEXT PRIMARY KEY) WITHOUT ROWID;`;

/** In this order: which files differ, their documents, their rows. */
const REWIND: readonly string[] = [
  `INSERT OR IGNORE INTO touched
   SELECT coalesce(t.item, n.item) FROM rewind_then t FULL JOIN rewind_now n ON n.engine = t.engine AND n.doc = t.doc
   WHERE t.doc IS NULL OR n.doc IS NULL OR t.a <> n.a OR t.b <> n.b OR t.chunks <> n.chunks`,
  // A document may have been of another file, as a rename keeps its passages.
  `INSERT OR IGNORE INTO touched SELECT n.item FROM rewind_then t JOIN rewind_now n USING (engine, doc) WHERE n.item <> t.item`,
  `DELETE FROM doc WHERE item IN (SELECT uri FROM touched)
   AND (chunks = 0 OR engine IN (SELECT engine FROM rewind_now UNION SELECT engine FROM rewind_then))`,
  `INSERT OR REPLACE INTO doc (uri, item, chunks, run, engine)
   SELECT doc, item, chunks, '', engine FROM rewind_then WHERE item IN (SELECT uri FROM touched)`,
  "DELETE FROM problem WHERE item IN (SELECT uri FROM touched)",
  `INSERT OR IGNORE INTO item (uri, root, path, size, mtime, hash, settings, outcome, documents, chunks, run, engine, kind)
   SELECT item, min(root), min(path), 0, '', '', '', 'ok', 0, 0, '', '', '' FROM rewind_then
   WHERE item IN (SELECT uri FROM touched) GROUP BY item`,
  "DELETE FROM item WHERE uri IN (SELECT uri FROM touched) AND NOT EXISTS (SELECT 1 FROM doc WHERE doc.item = item.uri)",
  `UPDATE item SET mtime = '', hash = '', settings = '', outcome = 'ok', run = '',
     documents = (SELECT count(*) FROM doc WHERE doc.item = item.uri),
     chunks = (SELECT sum(chunks) FROM doc WHERE doc.item = item.uri),
     engine = (SELECT group_concat(engine, ',') FROM (SELECT DISTINCT engine FROM doc WHERE doc.item = item.uri ORDER BY engine)),
     kind = coalesce((SELECT group_concat(kind, ',') FROM
       (SELECT DISTINCT kind FROM rewind_then WHERE rewind_then.item = item.uri ORDER BY kind)), '')
   WHERE uri IN (SELECT uri FROM touched)`,
];
