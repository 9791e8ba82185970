/**
 * Vectors that were made before, by what made them and of which text: one SQLite file per user, for all projects.
 *
 * SQLite in WAL mode, since it survives kills and lets several processes write; it takes some 80,000 vectors a second
 * and gives 20,000, an append-only file with an index in memory ten times as many, but the model makes a thousand.
 */
import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { userCacheDir } from "../core/cache-dir.ts";
import { messageOf } from "../core/errors.ts";

/** Raised when the tables change; a file of another version is begun anew. */
const VERSION = 1;
/** Ten vectors of 384 numbers to a page; smaller pages leave a quarter of each empty. */
const PAGE_BYTES = 16_384;
/** Part of the limit that is left in use when vectors have to go, so that they go seldom. */
const KEPT = 0.9;
const BUSY_MS = 5_000;

const TABLES = `
CREATE TABLE IF NOT EXISTS entry (key BLOB PRIMARY KEY, slot INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vector (slot INTEGER PRIMARY KEY, truncated INTEGER NOT NULL, sum INTEGER NOT NULL, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS opened (generation INTEGER PRIMARY KEY);
`;

export interface CachedVector {
  vector: Float32Array;
  /** The text was longer than the model takes. */
  truncated: boolean;
}

interface StoredRow {
  slot: number;
  used: number;
  truncated: number;
  sum: number;
  value: Uint8Array;
}

/** The folder of the cache: `$MDP_VECTORS`, else `vectors/` in the user's cache folder. */
export function vectorCacheDir(): string {
  return process.env.MDP_VECTORS || join(userCacheDir(), "vectors");
}

/** The key of a text: 16 bytes of a hash over what makes its vector and the text. */
export function vectorKey(maker: string, text: string): Uint8Array {
  const hasher = new Bun.CryptoHasher("sha256");
  hasher.update(`${maker.length}:${maker}`);
  return hasher.update(text).digest().subarray(0, 16);
}

/**
 * A cache never fails: what cannot be read is not there, what cannot be written is left. A damaged file is begun anew,
 * and one that cannot be opened stays unused, both with a warning.
 */
export class VectorCache implements Disposable {
  /** What its user should know; for people. */
  readonly warnings: string[] = [];
  readonly #file: string;
  readonly #maxBytes: number;
  #database: Database | undefined;
  /** Counts the openings: what was used in the oldest one goes first. */
  #generation = 0;

  /** @param maxBytes the file's size beyond which the longest unused vectors go */
  constructor(dir: string, maxBytes: number) {
    this.#file = join(dir, "vectors.db");
    this.#maxBytes = maxBytes;
    this.#guarded(undefined, () => {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      this.#open();
    });
  }

  /** The vectors of these keys, undefined where there is none. */
  find(keys: readonly Uint8Array[], dimension: number): (CachedVector | undefined)[] {
    const nothing = keys.map(() => undefined);
    return this.#guarded(nothing, (database) => {
      const rows = keys.map((key) => read(database, key, dimension));
      const touch = database.query("UPDATE entry SET used = ? WHERE key = ?");
      const old = keys.filter((_, i) => rows[i] && rows[i].used < this.#generation);
      if (old.length > 0) {
        this.#guarded(undefined, () =>
          database.transaction(() => {
            for (const key of old) touch.run(this.#generation, key);
          })(),
        );
      }
      return rows.map((row) => row && { vector: row.vector, truncated: row.truncated });
    });
  }

  /** Keeps vectors; those of keys that are there already stay as they are. */
  add(entries: readonly (CachedVector & { key: Uint8Array })[]): void {
    this.#guarded(undefined, (database) => {
      const isThere = database.query("SELECT 1 FROM entry WHERE key = ?");
      const vector = database.query("INSERT INTO vector VALUES (NULL, ?, ?, ?)");
      const entry = database.query("INSERT INTO entry VALUES (?, ?, ?)");
      const write = database.transaction(() => {
        for (const { key, vector: values, truncated } of entries) {
          if (isThere.get(key)) continue;
          const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
          const { lastInsertRowid } = vector.run(Number(truncated), sumOf(key, bytes), bytes);
          entry.run(key, Number(lastInsertRowid), this.#generation);
        }
      });
      write.immediate();
      this.#evict(database);
    });
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): void {
    const database = new Database(this.#file, { create: true, strict: true });
    this.#database = database;
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    const version = numberOf(database, "user_version");
    if (version !== VERSION && numberOf(database, "page_count") > 0 && version !== 0) {
      this.#discard();
      this.#open();
      return;
    }
    database.run(`PRAGMA page_size = ${PAGE_BYTES}`);
    database.run("PRAGMA auto_vacuum = INCREMENTAL");
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = NORMAL");
    database.run("PRAGMA wal_autocheckpoint = 256");
    const begin = database.transaction(() => {
      database.run(TABLES);
      database.run(`PRAGMA user_version = ${VERSION}`);
      database.run("INSERT INTO opened VALUES (NULL)");
      database.run("DELETE FROM opened WHERE generation < (SELECT max(generation) FROM opened)");
      return numberOf(database, "generation", "SELECT max(generation) AS generation FROM opened");
    });
    this.#generation = begin.immediate();
  }

  /** Lets the longest unused vectors go, the older first among those last used in one run. */
  #evict(database: Database): void {
    const page = numberOf(database, "page_size");
    const free = numberOf(database, "freelist_count");
    const file = numberOf(database, "page_count") * page;
    const used = file - free * page;
    if (used <= this.#maxBytes) return;
    const count = numberOf(database, "n", "SELECT count(*) AS n FROM entry");
    const going = Math.ceil(count * (1 - (KEPT * this.#maxBytes) / used));
    const oldest = "FROM entry ORDER BY used, slot LIMIT ?";
    const remove = database.transaction(() => {
      database.query(`DELETE FROM vector WHERE slot IN (SELECT slot ${oldest})`).run(going);
      database.query(`DELETE FROM entry WHERE key IN (SELECT key ${oldest})`).run(going);
    });
    remove.immediate();
    // Stepped to its end: a single step frees a single page.
    if (file > this.#maxBytes) database.query("PRAGMA incremental_vacuum").all();
  }

  /** Runs a step; after damage the file is begun anew, after another failure the cache stays closed. */
  #guarded<T>(otherwise: T, step: (database: Database) => T): T {
    if (!this.#database && this.#generation > 0) return otherwise;
    try {
      return step(this.#database!);
    } catch (error) {
      if (isBusy(error)) return otherwise;
      const damaged = isDamage(error);
      this.warnings.push(
        damaged
          ? `the vector cache was damaged and is begun anew: ${this.#file}`
          : `the vector cache cannot be used: ${messageOf(error)} (${this.#file})`,
      );
      this.#reopen(damaged);
      return otherwise;
    }
  }

  #reopen(discard: boolean): void {
    this.#generation ||= 1;
    try {
      if (discard) {
        this.#discard();
        this.#open();
        return;
      }
    } catch {
      // It was said already that there is none.
    }
    this.#database?.close();
    this.#database = undefined;
  }

  /** Takes the file away under another name first: of several processes that find the damage one removes it. */
  #discard(): void {
    this.#database?.close();
    this.#database = undefined;
    const aside = `${this.#file}.${process.pid}.damaged`;
    if (existsSync(this.#file)) renameSync(this.#file, aside);
    for (const ending of ["-wal", "-shm"]) rmSync(this.#file + ending, { force: true });
    rmSync(aside, { force: true });
  }
}

class DamageError extends Error {}

function read(database: Database, key: Uint8Array, dimension: number) {
  const row = database
    .query(
      "SELECT e.slot, e.used, v.truncated, v.sum, v.value FROM entry e LEFT JOIN vector v ON v.slot = e.slot WHERE e.key = ?",
    )
    .get(key) as StoredRow | null;
  if (!row) return undefined;
  const { value, truncated, used } = row;
  if (value?.byteLength !== dimension * 4 || sumOf(key, value) !== row.sum)
    throw new DamageError("a vector is damaged");
  return { used, truncated: truncated === 1, vector: new Float32Array(value.slice().buffer) };
}

/** A check sum over key and vector, so that neither a flipped bit nor a mixed-up row gives a wrong vector. */
function sumOf(key: Uint8Array, value: Uint8Array): number {
  return Bun.hash.crc32(value, Bun.hash.crc32(key));
}

function numberOf(database: Database, name: string, sql = `PRAGMA ${name}`): number {
  return (database.query(sql).get() as Record<string, number>)[name]!;
}

const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code ?? "");
const isBusy = (error: unknown) => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
const isDamage = (error: unknown) =>
  error instanceof DamageError || /^SQLITE_(CORRUPT|NOTADB|ERROR|FORMAT|IOERR_SHORT_READ)/.test(codeOf(error));
