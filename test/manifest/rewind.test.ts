/** Taking the state back: to a copy of another version, whole or not at all, and never twice. */
import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyState, Rewind, type StoredRow } from "../../src/manifest/rewind.ts";
import { State } from "../../src/manifest/state.ts";

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});
function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "mdp-rewind-"));
  dirs.push(dir);
  return dir;
}

const scanned = (uri: string) => ({ uri, root: ".", path: uri, absolute: "", size: 1, mtime: "5" });

/** Files with one document of some chunks each. */
function fill(dir: string, run: string, files: Record<string, number>): void {
  using state = new State(dir);
  state.beginRun(run, ["."], {});
  for (const [uri, chunks] of Object.entries(files)) {
    state.beginDocuments(run, [{ uri, engine: "documents", item: scanned(uri), chunks }]);
    const facts = { hash: `h${run}`, settings: "s", outcome: "ok", engine: "documents", kind: "text" } as const;
    state.finishItem({ uri, root: ".", path: uri, size: 1, mtime: "5", run, ...facts }, []);
  }
  state.setMeta("index", "done");
  state.finishRun(run, "finished", null);
}

const itemsOf = (dir: string) => {
  using database = new Database(join(dir, "state.db"));
  const rows = database.query("SELECT uri, documents, chunks, hash, mtime, run FROM item ORDER BY uri").all();
  return rows as { uri: string; documents: number; chunks: number; hash: string; mtime: string; run: string }[];
};

test("every table of the state is copied back, or is left on purpose", () => {
  const dir = folder();
  new State(dir)[Symbol.dispose]();
  using database = new Database(join(dir, "state.db"));
  const tables = database.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
  // A table that is new here has to be given a place in `toCopy`; runs are history, and stay.
  expect((tables as { name: string }[]).map(({ name }) => name)).toEqual(["doc", "item", "meta", "problem", "run"]);
});

test("a copy brings files back, keeps the runs since, and has indices looked after", () => {
  const dir = folder();
  fill(dir, "r1", { a: 1, b: 2 });
  const tag = folder();
  copyState(dir, tag);
  fill(dir, "r2", { b: 5, c: 1 });
  using rewind = new Rewind(dir);
  expect(rewind.isDone("first")).toBe(false);
  rewind.toCopy(tag, "first");
  expect(rewind.isDone("first")).toBe(true);
  expect(itemsOf(dir)).toMatchObject([
    { uri: "a", chunks: 1, run: "r1" },
    { uri: "b", chunks: 2, run: "r1" },
  ]);
  using state = new State(dir);
  expect(state.lastRun()?.id).toBe("r2");
  expect(state.meta("index")).toBe("due");
});

test("a copy of an older version is brought up to date first", () => {
  const dir = folder();
  fill(dir, "r1", { a: 1 });
  const tag = folder();
  copyState(dir, tag);
  {
    using old = new Database(join(tag, "state.db"));
    old.run("ALTER TABLE run DROP COLUMN mdp");
    old.run("PRAGMA user_version = 2");
  }
  fill(dir, "r2", { a: 9 });
  using rewind = new Rewind(dir);
  rewind.toCopy(tag, "x");
  expect(itemsOf(dir)).toMatchObject([{ uri: "a", chunks: 1 }]);
});

test("a copy that is damaged changes nothing", () => {
  const dir = folder();
  fill(dir, "r1", { a: 1 });
  const tag = folder();
  mkdirSync(tag, { recursive: true });
  Bun.write(join(tag, "state.db"), "this is no database, but long enough to be taken for one".repeat(100));
  using rewind = new Rewind(dir);
  expect(() => rewind.toCopy(tag, "x")).toThrow();
  expect(rewind.isDone("x")).toBe(false);
  expect(itemsOf(dir)).toMatchObject([{ uri: "a", chunks: 1 }]);
});

async function* rows(docs: Record<string, string[]>): AsyncGenerator<StoredRow> {
  for (const [doc, hashes] of Object.entries(docs)) {
    for (const hash of hashes)
      yield { doc, item: doc.split("#")[0]!, root: ".", path: doc, kind: "text", hash: hash.repeat(16) };
  }
}

test("rows of an earlier version mark only files that differ", async () => {
  const dir = folder();
  fill(dir, "r1", { same: 2, edited: 2, added: 1 });
  using rewind = new Rewind(dir);
  const now = rows({ same: ["aa", "bb"], edited: ["cc", "dd"], added: ["ee"] });
  // The order of rows means nothing.
  const before = rows({ same: ["bb", "aa"], edited: ["cc"], gone: ["ff", "00", "11"] });
  expect(await rewind.toRows([{ engine: "documents", now, before }], "x")).toBe(3);
  expect(itemsOf(dir)).toEqual([
    { uri: "edited", documents: 1, chunks: 1, hash: "", mtime: "", run: "" },
    { uri: "gone", documents: 1, chunks: 3, hash: "", mtime: "", run: "" },
    { uri: "same", documents: 1, chunks: 2, hash: "hr1", mtime: "5", run: "r1" },
  ]);
});

test("documents that another engine has now are found before anything is changed", async () => {
  const dir = folder();
  fill(dir, "r1", { a: 1, b: 1 });
  using rewind = new Rewind(dir);
  expect(await rewind.elsewhere({ engine: "code", before: rows({ a: ["aa"], new: ["bb"] }) })).toEqual(["a"]);
  expect(await rewind.elsewhere({ engine: "documents", before: rows({ a: ["aa"] }) })).toEqual([]);
});
