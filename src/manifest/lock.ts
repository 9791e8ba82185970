/** One writer per project: a lock that the operating system releases when its holder dies, however it dies. */
import { Database } from "bun:sqlite";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../core/errors.ts";

export interface ProjectLock extends Disposable {}

const LOCK_FILE = "lock.db";
const WORK_FILE = "lock-work.db";
/** A writer waits so long for one who only looks (`isLocked`), before it takes the project for locked. */
const LOOK_MS = 100;
/** A worker whose coordinator was killed sees so within a second, or a few on a busy machine. */
const ORPHANS_MS = 10_000;

/**
 * Takes the project's write lock or throws `MdpError` code `project-locked`, naming the holder.
 *
 * An SQLite write transaction is the lock: it rests on the system's file locks, which unlike a file with a process id
 * cannot go stale.
 */
export function lockProject(stateDir: string, purpose: string, what: "project" | "folder" = "project"): ProjectLock {
  const database = new Database(join(stateDir, LOCK_FILE), { create: true });
  const holderFile = join(stateDir, "lock.json");
  try {
    database.run(`PRAGMA busy_timeout = ${LOOK_MS}`);
    database.run("BEGIN EXCLUSIVE");
    writeFileSync(holderFile, JSON.stringify({ pid: process.pid, purpose, since: new Date().toISOString() }));
  } catch (error) {
    database.close();
    if (isBusy(error)) throw locked(stateDir, holderFile, what);
    throw new MdpError({
      code: "state-unwritable",
      message: `the project's lock cannot be taken: ${(error as Error).message}`,
      where: stateDir,
      hint: "check that the folder is writable and that the disk is not full",
      cause: error,
    });
  }
  return heldBy(database);
}

/**
 * Says that a worker process writes below the folder, until it is disposed of or the process ends. Many may at once; the
 * lock itself is their coordinator's.
 */
export function shareWork(stateDir: string): Disposable {
  const database = new Database(join(stateDir, WORK_FILE), { create: true });
  database.run(`PRAGMA busy_timeout = ${ORPHANS_MS}`);
  database.run("BEGIN");
  database.query("SELECT count(*) FROM sqlite_master").get();
  return heldBy(database);
}

/**
 * Waits for workers that outlive a killed coordinator: what they still write would fall among the files of the next run.
 * To be called by the holder of the lock before it begins.
 *
 * @throws MdpError `project-locked` if they go on for more than ten seconds
 */
export function awaitOrphans(stateDir: string): void {
  using database = new Database(join(stateDir, WORK_FILE), { create: true });
  try {
    database.run(`PRAGMA busy_timeout = ${ORPHANS_MS}`);
    database.run("BEGIN EXCLUSIVE");
    database.run("ROLLBACK");
  } catch (cause) {
    if (!isBusy(cause)) throw cause;
    throw new MdpError({
      code: "project-locked",
      message: "worker processes of a run that was killed are still writing to this folder",
      where: stateDir,
      hint: "wait until they have ended, or end them (they are named mdp __worker), then run this again",
      cause,
    });
  }
}

/** A lock that lasts as long as the transaction of a connection. */
function heldBy(database: Database): Disposable {
  return {
    [Symbol.dispose]() {
      database.run("ROLLBACK");
      database.close();
    },
  };
}

/** Whether somebody writes to the project now. It waits for nothing, and changes nothing. */
export function isLocked(stateDir: string): boolean {
  const file = join(stateDir, LOCK_FILE);
  if (!existsSync(file)) return false;
  using database = new Database(file, { readonly: true });
  try {
    database.run("PRAGMA busy_timeout = 0");
    database.query("SELECT count(*) FROM sqlite_master").get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return (error as { code?: string }).code?.startsWith("SQLITE_BUSY") ?? false;
}

function locked(stateDir: string, holderFile: string, what: "project" | "folder"): MdpError {
  let holder = "another process";
  try {
    const { pid, purpose, since } = JSON.parse(readFileSync(holderFile, "utf8"));
    holder = `process ${pid} (mdp ${purpose}, since ${since})`;
  } catch {
    // The holder's note is for people only; the lock itself does not depend on it.
  }
  return new MdpError({
    code: "project-locked",
    message: `${holder} is writing to this ${what}`,
    where: stateDir,
    hint: `wait until it has finished, then run this again${what === "project" ? "; searching is possible meanwhile" : ""}`,
  });
}
