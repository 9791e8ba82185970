/** The state's promises: what counts as unchanged, what a crash leaves behind, and what may be forgotten. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awaitOrphans, isLocked, lockProject } from "../../src/manifest/lock.ts";
import { openAsItIs } from "../../src/manifest/open.ts";
import { type ItemRow, type ScanRow, State } from "../../src/manifest/state.ts";

let dir: string;
let state: State;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-state-"));
  state = new State(dir);
});
afterEach(() => {
  state[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

const scanRow = (uri: string, change: Partial<ScanRow> = {}): ScanRow => ({
  uri,
  root: "docs",
  path: uri,
  absolute: `/x/${uri}`,
  size: 3,
  mtime: "100",
  ...change,
});
const itemRow = (uri: string, change: Partial<ItemRow> = {}): Omit<ItemRow, "documents" | "chunks"> => ({
  uri,
  root: "docs",
  path: uri,
  size: 3,
  mtime: "100",
  hash: `hash of ${uri}`,
  settings: "s",
  outcome: "ok",
  run: "r1",
  engine: "documents",
  kind: "markdown",
  ...change,
});
const isCurrent = (item: ItemRow) => item.settings === "s";
const candidateUris = () => {
  state.compareScan(isCurrent);
  return [...state.candidates()].map(({ scan }) => scan.uri);
};

function commit(uri: string, chunks = 1): void {
  state.beginDocuments("r1", [{ uri, engine: "documents", item: scanRow(uri), chunks }]);
  state.finishItem(itemRow(uri), []);
}

describe("state", () => {
  test("an item with the same size, time and settings is not a candidate", () => {
    commit("a");
    state.addScanned([scanRow("a"), scanRow("b")]);
    expect(candidateUris()).toEqual(["b"]);
    expect(state.countCandidates()).toBe(1);
  });

  test.each([
    ["size", { size: 4 }],
    ["mtime", { mtime: "101" }],
  ] as const)("a changed %s makes a candidate", (_, change) => {
    commit("a");
    state.addScanned([scanRow("a", change)]);
    expect(candidateUris()).toEqual(["a"]);
  });

  test("other settings make every item a candidate", () => {
    commit("a");
    state.addScanned([scanRow("a")]);
    state.compareScan(() => false);
    expect([...state.candidates()].length).toBe(1);
  });

  test("an item whose write was begun but not finished is a candidate, although its file is the same", () => {
    commit("a");
    state.beginDocuments("r2", [{ uri: "a", engine: "documents", item: scanRow("a"), chunks: 2 }]);
    state.addScanned([scanRow("a")]);
    expect(candidateUris()).toEqual(["a"]);
    expect(state.item("a")?.outcome).toBe("pending");
  });

  test("a document that reached the store in a run that died is known afterwards", () => {
    state.beginDocuments("r1", [{ uri: "new", engine: "documents", item: scanRow("new"), chunks: 1 }]);
    expect(state.engineOf("new")).toBe("documents");
    expect([...state.unseen()].map((i) => i.uri)).toEqual(["new"]);
  });

  test("documents that the last run did not see are stale", () => {
    state.beginDocuments("r1", [
      { uri: "a#row=1", engine: "documents", item: scanRow("a"), chunks: 1 },
      { uri: "a#row=2", engine: "documents", item: scanRow("a"), chunks: 1 },
    ]);
    state.beginDocuments("r2", [{ uri: "a#row=1", engine: "documents", item: scanRow("a"), chunks: 1 }]);
    expect(state.staleDocuments("a", "r2")).toEqual([{ uri: "a#row=2", engine: "documents" }]);
  });

  test("candidates and unseen items are complete over many pages", () => {
    const rows = Array.from({ length: 1203 }, (_, i) => scanRow(`f${String(i).padStart(5, "0")}`));
    state.addScanned(rows);
    expect(candidateUris()).toEqual(rows.map((r) => r.uri));
    state.clearScan();
    state.transaction(() => rows.forEach((r) => void state.finishItem(itemRow(r.uri), [])));
    expect([...state.unseen()].length).toBe(1203);
  });

  test("a lasting failure is still failing while unchanged, a transient one is tried again", () => {
    const reject = { uri: "a", code: "pdf-encrypted", reason: "needs a password" };
    state.finishItem(itemRow("a", { outcome: "failed" }), [reject]);
    state.finishItem(itemRow("b", { outcome: "failed" }), [{ ...reject, uri: "b", code: "unreadable" }]);
    state.addScanned([scanRow("a"), scanRow("b")]);
    expect(candidateUris()).toEqual(["b"]);
    expect(state.countStillFailing()).toBe(1);
  });

  test("totals add up documents and chunks, and removing an item takes all of it", () => {
    commit("a", 3);
    commit("b", 2);
    expect(state.totals()).toEqual({ items: 2, documents: 2, chunks: 5, failing: 0 });
    state.removeItem("a");
    expect(state.totals()).toEqual({ items: 1, documents: 1, chunks: 2, failing: 0 });
  });

  test("a run that never finished is recorded as interrupted when the next one begins", () => {
    state.beginRun("r1", ["docs"], {});
    state.beginRun("r2", ["docs"], {});
    state.finishRun("r2", "finished", { ok: true });
    expect(state.lastRun()).toMatchObject({ id: "r2", outcome: "finished", report: '{"ok":true}' });
  });

  test("a state of a newer version is refused, not overwritten", () => {
    const { Database } = require("bun:sqlite");
    const database = new Database(join(dir, "state.db"));
    database.run("PRAGMA user_version = 99");
    database.close();
    expect(() => new State(dir)).toThrow("newer than this program's");
  });

  test("a damaged state is named with the next step", () => {
    state[Symbol.dispose]();
    writeFileSync(join(dir, "state.db"), "this is not a database, whatever its name says".repeat(100));
    rmSync(join(dir, "state.db-wal"), { force: true });
    expect(() => new State(dir)).toThrow("cannot be read or written");
    rmSync(join(dir, "state.db"));
    state = new State(dir);
  });
});

describe("project lock", () => {
  test("a second writer is refused with the holder's process id, and let in afterwards", () => {
    expect(isLocked(dir)).toBe(false);
    const first = lockProject(dir, "ingest");
    expect(isLocked(dir)).toBe(true);
    expect(() => lockProject(dir, "ingest")).toThrow(`process ${process.pid} (mdp ingest`);
    first[Symbol.dispose]();
    expect(isLocked(dir)).toBe(false);
    using _second = lockProject(dir, "ingest");
  });

  test("a killed holder leaves no lock behind", async () => {
    const script = `import { lockProject } from ${JSON.stringify(join(import.meta.dir, "../../src/manifest/lock.ts"))};
      // Held by a name: what nothing refers to may be collected, and its lock with it.
      globalThis.lock = lockProject(${JSON.stringify(dir)}, "ingest"); console.log("held"); setInterval(() => {}, 1000);`;
    await using child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    const reader = child.stdout.getReader();
    await reader.read();
    expect(() => lockProject(dir, "ingest")).toThrow(`process ${child.pid}`);
    expect(isLocked(dir)).toBe(true);
    child.kill("SIGKILL");
    await child.exited;
    expect(isLocked(dir)).toBe(false);
    using _mine = lockProject(dir, "ingest");
  });

  test("the next run waits for workers that outlive their coordinator, and for no longer", async () => {
    const script = `import { shareWork } from ${JSON.stringify(join(import.meta.dir, "../../src/manifest/lock.ts"))};
      globalThis.work = shareWork(${JSON.stringify(dir)}); console.log("held"); setInterval(() => {}, 1000);`;
    const start = () => Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await using first = start();
    await using second = start();
    for (const child of [first, second]) await child.stdout.getReader().read();
    // Ended by somebody else: this process does nothing while it waits.
    const told = join(dir, "ending the second");
    const ending = `kill -9 ${first.pid}; sleep 1; touch '${told}'; kill -9 ${second.pid}`;
    const killer = Bun.spawn(["sh", "-c", ending]);
    awaitOrphans(dir);
    expect(existsSync(told)).toBe(true);
    await killer.exited;
    awaitOrphans(dir);
  });
});

describe("a state that nobody can write to", () => {
  const file = () => join(dir, "state.db");
  const close = () => {
    state.finishItem(itemRow("a"), []);
    state[Symbol.dispose]();
  };
  afterEach(() => {
    chmodSync(dir, 0o700);
    state = new State(dir);
  });

  test("is read without a file beside it", () => {
    close();
    const before = readdirSync(dir);
    using database = openAsItIs(file());
    expect(database.query("SELECT uri FROM item").all()).toEqual([{ uri: "a" }]);
    expect(() => database.run("DELETE FROM item")).toThrow("readonly");
    expect(readdirSync(dir)).toEqual(before);
  });

  test("must be of this version", () => {
    close();
    const database = new Database(file());
    database.run("PRAGMA user_version = 1");
    expect(() => openAsItIs(file())).toThrow("must be brought up to date");
    database.run("PRAGMA user_version = 999");
    expect(() => openAsItIs(file())).toThrow("newer than this program");
    rmSync(file());
    database.close();
  });

  // Whoever may do everything can write there, too.
  test.skipIf(process.getuid?.() === 0)("is what a folder without write permission gives", () => {
    close();
    chmodSync(dir, 0o500);
    using reader = new State(dir);
    expect(reader.item("a")).toMatchObject({ uri: "a" });
    expect(() => lockProject(dir, "ingest")).toThrow("the project's lock cannot be taken");
  });
});
