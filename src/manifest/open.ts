/** Opens `state.db`, made or brought up to date. */
import { Database, constants as sqlite } from "bun:sqlite";
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MdpError } from "../core/errors.ts";
import { MIGRATIONS, STATE_TABLES, STATE_VERSION } from "./schema.ts";

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

/** In a folder that is read-only, what is there can be read. @throws MdpError `state-too-new`, `state-unusable` */
export function openState(stateDir: string): Database {
  const file = join(stateDir, "state.db");
  try {
    if (existsSync(file) && !isWritable(stateDir)) return openAsItIs(file);
    mkdirSync(stateDir, { recursive: true });
    const database = new Database(file, { create: true, strict: true });
    database.run("PRAGMA busy_timeout = 5000");
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = NORMAL");
    const found = knownVersionOf(database, file);
    if (found < STATE_VERSION) database.transaction(() => migrate(database)).exclusive();
    database.run(STATE_TABLES);
    return database;
  } catch (error) {
    throw stateError(error, file);
  }
}

function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens a state that nobody can write to, without the files that SQLite puts beside one that others may change. Named
 * parameters need their `$`.
 *
 * @throws MdpError `state-too-new`, `state-unusable` for one of an older version
 */
export function openAsItIs(file: string): Database {
  // Its log is there while somebody has it open for writing.
  const database = existsSync(`${file}-wal`)
    ? new Database(file, { readonly: true, strict: true })
    : new Database(`${pathToFileURL(file).href}?immutable=1`, sqlite.SQLITE_OPEN_READONLY | sqlite.SQLITE_OPEN_URI);
  if (knownVersionOf(database, file) === STATE_VERSION) return database;
  database.close();
  throw new MdpError({
    code: "state-unusable",
    message: "an older mdp wrote the project's state, which must be brought up to date",
    where: file,
    hint: "make the folder writable, and run mdp status",
  });
}

/** @throws MdpError `state-too-new` */
function knownVersionOf(database: Database, file: string): number {
  const found = versionOf(database);
  if (found <= STATE_VERSION) return found;
  throw new MdpError({
    code: "state-too-new",
    message: `state version ${found} is newer than this program's ${STATE_VERSION}`,
    where: file,
    hint: "update mdp",
  });
}

/** A file without tables gets them whole afterwards. Another process may have been first. */
function migrate(database: Database): void {
  // The first version wrote its number after its tables, and may have died between the two.
  const hasTables = database.query("SELECT 1 FROM sqlite_master WHERE name = 'item'").get() !== null;
  const found = versionOf(database) || (hasTables ? 1 : STATE_VERSION);
  for (let version = found; version < STATE_VERSION; version++) {
    database.run(MIGRATIONS[version]!);
  }
  database.run(`PRAGMA user_version = ${STATE_VERSION}`);
}

function versionOf(database: Database): number {
  return (database.query("PRAGMA user_version").get() as { user_version: number }).user_version;
}
