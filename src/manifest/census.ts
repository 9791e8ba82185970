/** Whether the rows of all tables are those that the state knows of, document by document. */
import type { Database } from "bun:sqlite";
import { openState } from "./open.ts";

export interface CountedRow {
  id: string;
  doc: string;
  item: string;
}

/** Something that does not fit, with some of the cases. */
export interface Mismatch {
  engine: string;
  code:
    | "duplicate-id"
    | "unknown-document"
    | "missing-chunks"
    | "extra-chunks"
    | "wrong-file"
    | "document-twice"
    | "unfinished-file"
    | "wrong-counts";
  count: number;
  /** Ids, documents or files, at most `EXAMPLES`. */
  examples: string[];
}

const EXAMPLES = 5;

const TABLES = `
CREATE TEMP TABLE counted (engine TEXT NOT NULL, doc TEXT NOT NULL, item TEXT NOT NULL, chunks INTEGER NOT NULL,
  items INTEGER NOT NULL, PRIMARY KEY (engine, doc)) WITHOUT ROWID;
CREATE TEMP TABLE ids (id TEXT PRIMARY KEY) WITHOUT ROWID;`;

/** What a run that ended early left is one finding of its own, and no other. */
const FINISHED = "NOT EXISTS (SELECT 1 FROM item i WHERE i.uri = d.item AND i.outcome = 'pending')";

/** Each gives an engine and a name for every case. */
const CHECKS: readonly { code: Mismatch["code"]; sql: string }[] = [
  {
    code: "unknown-document",
    sql: `SELECT c.engine, c.doc AS name FROM counted c LEFT JOIN doc d ON d.uri = c.doc AND d.engine = c.engine WHERE d.uri IS NULL`,
  },
  {
    code: "missing-chunks",
    sql: `SELECT d.engine, d.uri AS name FROM doc d LEFT JOIN counted c ON c.doc = d.uri AND c.engine = d.engine
          WHERE coalesce(c.chunks, 0) < d.chunks AND ${FINISHED}`,
  },
  {
    code: "extra-chunks",
    sql: `SELECT d.engine, d.uri AS name FROM doc d JOIN counted c ON c.doc = d.uri AND c.engine = d.engine
          WHERE c.chunks > d.chunks AND ${FINISHED}`,
  },
  {
    code: "wrong-file",
    sql: `SELECT d.engine, d.uri AS name FROM doc d JOIN counted c ON c.doc = d.uri AND c.engine = d.engine
          WHERE (c.item <> d.item OR c.items > 1) AND ${FINISHED}`,
  },
  {
    code: "document-twice",
    sql: "SELECT max(engine) AS engine, doc AS name FROM counted GROUP BY doc HAVING count(*) > 1",
  },
  { code: "unfinished-file", sql: "SELECT engine, path AS name FROM item WHERE outcome = 'pending'" },
  {
    code: "wrong-counts",
    sql: `SELECT i.engine, i.path AS name FROM item i WHERE i.outcome <> 'pending' AND (
            i.documents <> (SELECT count(*) FROM doc d WHERE d.item = i.uri)
            OR i.chunks <> (SELECT coalesce(sum(chunks), 0) FROM doc d WHERE d.item = i.uri))`,
  },
];

export class Census implements Disposable {
  readonly #database: Database;
  readonly #duplicates: Mismatch[] = [];

  constructor(stateDir: string) {
    this.#database = openState(stateDir);
    this.#database.run(TABLES);
  }

  /** SQLite's own check of the file; what it found is text, none when all is well. */
  damages(): string[] {
    const rows = this.#database.query("PRAGMA quick_check(10)").all() as { quick_check: string }[];
    return rows.map(({ quick_check: text }) => text).filter((text) => text !== "ok");
  }

  /** Counts the rows of an engine's table. Returns how many there were. */
  async count(engine: string, rows: AsyncIterable<CountedRow>): Promise<number> {
    const database = this.#database;
    const note = database.query("INSERT OR IGNORE INTO ids VALUES (?)");
    const add = database.query(`
      INSERT INTO counted VALUES (?1, ?2, ?3, 1, 1)
      ON CONFLICT DO UPDATE SET chunks = chunks + 1, items = max(items, 1 + (item <> ?3))`);
    const twice: Mismatch = { engine, code: "duplicate-id", count: 0, examples: [] };
    let total = 0;
    database.run("DELETE FROM ids");
    database.run("BEGIN");
    try {
      for await (const { id, doc, item } of rows) {
        total++;
        add.run(engine, doc, item);
        if (note.run(id).changes > 0) continue;
        twice.count++;
        if (twice.examples.length < EXAMPLES) twice.examples.push(id);
      }
    } finally {
      database.run("COMMIT");
    }
    if (twice.count > 0) this.#duplicates.push(twice);
    return total;
  }

  /** Everything that does not fit, once all tables have been counted. */
  mismatches(): Mismatch[] {
    const found = [...this.#duplicates];
    for (const { code, sql } of CHECKS) {
      const byEngine = new Map<string, Mismatch>();
      for (const { engine, name } of this.#database.query(sql).iterate() as Iterable<{
        engine: string;
        name: string;
      }>) {
        const known = byEngine.get(engine) ?? { engine, code, count: 0, examples: [] };
        byEngine.set(engine, known);
        known.count++;
        if (known.examples.length < EXAMPLES) known.examples.push(name);
      }
      found.push(...byEngine.values());
    }
    return found;
  }

  /** Of some files, those that the state does not know as files of the engine. */
  unknownItems(engine: string, items: Iterable<string>): string[] {
    const known = this.#database.query(
      "SELECT 1 FROM item WHERE uri = ? AND (outcome = 'pending' OR ',' || engine || ',' LIKE '%,' || ? || ',%')",
    );
    return [...items].filter((item) => !known.get(item, engine));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
