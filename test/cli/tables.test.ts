/** `mdp data log`, `tag`, `diff` and `restore` on the tables of a project, through the real entry. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, rmSync, statSync } from "node:fs";
import type { TablesDiff } from "../../src/pipelines/data/tables/diff.ts";
import type { LogEntry } from "../../src/pipelines/data/tables/log.ts";
import type { RestoreReport } from "../../src/pipelines/data/tables/restore.ts";
import type { Tag } from "../../src/pipelines/data/tables/tags.ts";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import type { StatusReport } from "../../src/pipelines/status.ts";
import { TableHistory } from "../../src/store/history.ts";
import { lancedb } from "../../src/store/lancedb.ts";
import { pruneLimit } from "../../src/store/maintain.ts";
import { TempProject } from "../support/project.ts";
import {
  BEFORE,
  type Contents,
  contents,
  copyOf,
  executions,
  makeTagged,
  same,
  TABLES,
  verify,
} from "./tagged-project.ts";

const project = new TempProject(BEFORE);
afterAll(() => project[Symbol.dispose]());
let tag: Tag;
let before: Contents;
let after: Contents;
beforeAll(async () => {
  ({ tag, before, after } = await makeTagged(project));
});
const copied = () => copyOf(project);

describe("mdp data tag", () => {
  test("names all tables together, executions too", () => {
    expect(tag.tables.map(({ name, engine, calls, rows }) => [name, engine, calls, rows])).toEqual([
      ["chunks", "documents", false, 3],
      ["code", "code", false, 1],
      ["sql", "sql", false, 1],
      ["sql_calls", "sql", true, 2],
    ]);
    expect(tag).toMatchObject({ name: "v1", files: 5, chunks: 5 });
  });

  test("is not taken from another state without --force, and lists what there is", async () => {
    using copy = copied();
    const again = await copy.run("data", "tag", "v1");
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('the tag "v1" names the tables of');
    expect((await copy.run("data", "tag", "v1", "--force")).code).toBe(0);
    const [moved] = await copy.json<Tag[]>("data", "tag");
    expect(moved!.tables[0]!.version).toBeGreaterThan(tag.tables[0]!.version);
  });

  test("is gone after --delete, with what it kept", async () => {
    using copy = copied();
    expect((await copy.run("data", "tag", "v1", "--delete")).code).toBe(0);
    expect(await copy.json<Tag[]>("data", "tag")).toEqual([]);
    expect(existsSync(copy.path(".mdp/tags/v1"))).toBe(false);
    expect((await copy.run("data", "restore", "v1")).code).toBe(2);
    expect((await copy.run("data", "tag", "v1", "--delete")).stderr).toContain('there is no tag "v1"');
  });

  test("clears away what one that was killed has left", async () => {
    using copy = copied();
    copy.write(".mdp/tags/ghost/state.db", "half of a copy");
    expect(await copy.json<Tag[]>("data", "tag")).toMatchObject([{ name: "v1" }]);
    expect((await copy.run("data", "tag", "v2")).code).toBe(0);
    expect(existsSync(copy.path(".mdp/tags/ghost"))).toBe(false);
  });

  test("takes no space beside the tables that it is of", async () => {
    using fresh = new TempProject(BEFORE);
    await fresh.run("ingest", ".");
    await fresh.run("data", "tag", "now-and-then");
    const files = [...new Bun.Glob("**/*.lance").scanSync({ cwd: fresh.path(".mdp/tags/now-and-then/lancedb") })];
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const [kept, own] = ["tags/now-and-then/lancedb", "lancedb"].map((dir) =>
        statSync(fresh.path(`.mdp/${dir}/${file}`)),
      );
      expect(kept!.ino).toBe(own!.ino);
    }
  });

  test.each(["a/b", "12", "now", "a..b", "x.lock", "-"])("cannot be %p", async (name) => {
    expect((await project.run("data", "tag", "--", name)).code).toBe(2);
  });
});

describe("mdp data log", () => {
  test("tells which run made which versions, with the rows that came and went", async () => {
    const [second, first] = await project.json<LogEntry[]>("data", "log");
    const rows = (entry: LogEntry) =>
      Object.fromEntries(
        entry.tables.map(({ table, rows: count, added, removed, tags }) => [
          table,
          [count, added, removed, tags.join()],
        ]),
      );
    expect(rows(first!)).toEqual({
      chunks: [3, 3, 0, "v1"],
      code: [1, 1, 0, "v1"],
      sql: [1, 1, 0, "v1"],
      sql_calls: [2, null, null, "v1"],
    });
    expect(rows(second!)).toEqual({
      chunks: [3, 1, 1, ""],
      code: [2, 1, 0, ""],
      sql: [2, 1, 0, ""],
      sql_calls: [3, null, null, ""],
    });
    expect(second).toMatchObject({ what: "ingest .", outcome: "finished", mdp: expect.any(String) });
  });

  test("keeps to one table when an engine is named", async () => {
    const entries = await project.json<LogEntry[]>("data", "log", "code");
    expect(entries.flatMap(({ tables }) => tables.map(({ table }) => table))).toEqual(["code", "code"]);
    expect((await project.run("data", "log", "nothing")).code).toBe(1);
  });
});

describe("mdp data diff", () => {
  test("counts passages and names files", async () => {
    const diff = await project.json<TablesDiff>("data", "diff", "v1");
    expect(diff).toMatchObject({ from: "v1", to: "now", same: false });
    const [chunks, code, sql, calls] = diff.tables;
    expect(chunks).toMatchObject({ table: "chunks", rows: [3, 3], added: 1, removed: 1 });
    expect(code).toMatchObject({ table: "code", rows: [1, 2], added: 1, removed: 0, changed: 0 });
    expect(sql).toMatchObject({ table: "sql", rows: [1, 2], added: 1 });
    expect(calls).toMatchObject({ table: "sql_calls", rows: [2, 3], added: null });
    expect(diff.files.added.map(({ path }) => path)).toEqual(["src/grill.py"]);
    expect(diff.files.removed.map(({ path }) => path)).toEqual(["docs/old.md"]);
    expect(diff.files.changed.map(({ path }) => path)).toEqual(["docs/pies.md", "log.sql"]);
    expect(diff.files.unchanged).toBe(1);
  });

  test("names passages one by one, as a comparison of the rows does", async () => {
    const { stdout } = await project.run("data", "diff", "v1", "now", "--chunks", "--json");
    const found = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { change: string; id: string });
    const ids = (tables: Contents) => new Set(TABLES.flatMap((table) => [...tables.get(table)!.keys()]));
    const [had, has] = [ids(before), ids(after)];
    const of = (change: string) =>
      found
        .filter((each) => each.change === change)
        .map(({ id }) => id)
        .sort();
    expect(of("added")).toEqual([...has].filter((id) => !had.has(id)).sort());
    expect(of("removed")).toEqual([...had].filter((id) => !has.has(id)).sort());
  });

  test("of a state with itself is nothing, and of a wrong name a usage error", async () => {
    expect(await project.json<TablesDiff>("data", "diff", "v1", "v1")).toMatchObject({ same: true });
    expect((await project.run("data", "diff", "v9")).code).toBe(2);
  });
});

describe("mdp data restore", () => {
  test("takes every table and the state back to a tag; the next ingest goes forward again", async () => {
    using copy = copied();
    const report = await copy.json<RestoreReport>("data", "restore", "v1");
    expect(report).toMatchObject({ to: "v1", files: 5, chunks: 5, completed: null });
    expect(same(await contents(copy.dir), before)).toEqual([]);
    expect(await executions(copy.dir)).toBe(2);
    expect(await verify(copy)).toMatchObject({ code: 0, report: { ok: true, findings: [] } });
    const status = await copy.json<StatusReport>("status");
    expect(status).toMatchObject({ items: 5, chunks: 5, failures: { files: 1 } });
    const { hits } = await copy.json<SearchReport>("search", "lighthouse", "-k", "1");
    expect(hits[0]!.path).toBe("docs/old.md");
    expect((await copy.run("search", "--text", "whales")).stdout).not.toContain("whales");

    const next = await copy.json<IngestReport>("ingest", ".");
    expect(next).toMatchObject({ added: 1, updated: 2, deleted: 1, unchanged: 1 });
    expect(same(await contents(copy.dir), after)).toEqual([]);
    expect(await executions(copy.dir)).toBe(3);
    expect(await verify(copy)).toMatchObject({ code: 0, report: { ok: true } });
    const log = await copy.json<LogEntry[]>("data", "log");
    expect(log[1]).toMatchObject({ run: null, what: "restore v1" });
  });

  test("takes everything back to a run, by its rows", async () => {
    using copy = copied();
    const [, first] = await copy.json<LogEntry[]>("data", "log");
    const report = await copy.json<RestoreReport>("data", "restore", first!.run!);
    expect(report).toMatchObject({ documents: 4, chunks: 5 });
    expect(same(await contents(copy.dir), before)).toEqual([]);
    expect(await executions(copy.dir)).toBe(2);
    expect(await verify(copy)).toMatchObject({ code: 0, report: { findings: [] } });
    await copy.run("ingest", ".");
    expect(same(await contents(copy.dir), after)).toEqual([]);
    expect(await executions(copy.dir)).toBe(3);
  });

  test("takes one table back to a version that a run ended with, and refuses one within a run", async () => {
    using copy = copied();
    const [, first] = await copy.json<LogEntry[]>("data", "log", "code");
    const last = first!.tables[0]!.versions![1];
    const refused = await copy.run("data", "restore", "code@1");
    expect(refused.stderr).toContain(`mdp data restore code@${last}`);
    const report = await copy.json<RestoreReport>("data", "restore", `code@${last}`);
    expect(report.tables).toMatchObject([{ name: "code", to: last, rows: 1 }]);
    expect(await verify(copy)).toMatchObject({ code: 0, report: { findings: [] } });
    expect(await copy.json<IngestReport>("ingest", ".")).toMatchObject({
      added: 1,
      updated: 0,
      chunks: { embedded: 1 },
    });
    expect(same(await contents(copy.dir), after)).toEqual([]);
  });

  test("empties a table that came after the tag", async () => {
    using fresh = new TempProject({ "a.md": "# A\n\nApples.\n" });
    await fresh.run("ingest", ".");
    await fresh.run("data", "tag", "prose");
    fresh.write("b.py", "def b():\n    return 1\n");
    await fresh.run("ingest", ".");
    expect((await fresh.json<RestoreReport>("data", "restore", "prose")).tables).toMatchObject([
      { name: "chunks", rows: 1 },
      { name: "code", to: null, rows: 0 },
    ]);
    expect(await verify(fresh)).toMatchObject({ code: 0 });
    expect(await fresh.json<IngestReport>("ingest", ".")).toMatchObject({ added: 1, unchanged: 1 });
    expect((await fresh.json<StatusReport>("status")).chunks).toBe(2);
  });

  test("leaves everything as it was when the tag's copy of the state is damaged", async () => {
    using copy = copied();
    copy.write(".mdp/tags/v1/state.db", "not a database, but long enough to look like one ".repeat(200));
    const { code, stderr } = await copy.run("data", "restore", "v1");
    expect(code).toBe(1);
    expect(stderr).toContain('the copy of the state that belongs to the tag "v1" cannot be used');
    expect(existsSync(copy.path(".mdp/restore.json"))).toBe(false);
    expect(same(await contents(copy.dir), after)).toEqual([]);
    expect((await copy.run("ingest", ".")).code).toBe(0);
  });

  test("that cannot be completed is named by what reads, and stops what writes", async () => {
    using copy = copied();
    const tables = [{ name: "gone", engine: "gone", calls: false, version: 1, from: 2 }];
    const journal = { id: "x", time: new Date(0).toISOString(), to: "gone@1", tag: "v1", tables };
    copy.write(".mdp/restore.json", JSON.stringify(journal));
    const search = await copy.run("search", "--text", "apple");
    expect(search).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('the table "gone" could not be taken back'),
    });
    const ingest = await copy.run("ingest", ".");
    expect(ingest.code).toBe(1);
    expect(ingest.stderr).toContain("move the .mdp folder away and ingest again");
  });

  test.each(["v9", "chunks@", "20200101T000000"])("does not take %p for a state", async (word) => {
    expect((await project.run("data", "restore", word)).code).toBe(2);
  });
});

describe("a tag", () => {
  /** As if everything of before now were past the retention. */
  const prune = async (copy: TempProject) => {
    const connection = await lancedb().connect(copy.path(".mdp/lancedb"));
    for (const name of [...TABLES, "sql_calls"]) {
      const table = await connection.openTable(name);
      await table.optimize({ cleanupOlderThan: await pruneLimit(table, 0), deleteUnverified: true });
    }
    connection.close();
  };
  const versionsOf = async (copy: TempProject, name: string) => {
    await using table = await TableHistory.open(copy.path(".mdp/lancedb"), name);
    return (await table.versions()).map(({ version }) => version);
  };

  test("outlives the pruning of its versions, which it does not hold up", async () => {
    using copy = copied();
    await prune(copy);
    for (const { name, version } of tag.tables) expect(await versionsOf(copy, name)).not.toContain(version);
    const gone = await copy.run("data", "restore", `chunks@${tag.tables[0]!.version}`);
    expect(gone.stderr).toContain("is not kept any more");

    expect((await verify(copy)).report.findings).toEqual([]);
    const diff = await copy.json<TablesDiff>("data", "diff", "v1");
    expect(diff.files.changed.map(({ path }) => path)).toEqual(["docs/pies.md", "log.sql"]);
    expect((await copy.run("data", "restore", "v1")).code).toBe(0);
    expect(same(await contents(copy.dir), before)).toEqual([]);
    expect(await executions(copy.dir)).toBe(2);
    expect(await verify(copy)).toMatchObject({ code: 0, report: { findings: [] } });
    const { hits } = await copy.json<SearchReport>("search", "lighthouse", "-k", "1");
    expect(hits[0]!.path).toBe("docs/old.md");
    // What has come back is pruned again, and the tag is there still.
    await copy.run("ingest", ".");
    await prune(copy);
    expect(same(await contents(copy.dir), after)).toEqual([]);
    expect((await copy.run("data", "restore", "v1")).code).toBe(0);
    expect(same(await contents(copy.dir), before)).toEqual([]);
  });

  test("brings back a table that was removed by hand", async () => {
    using copy = copied();
    rmSync(copy.path(".mdp/lancedb/code.lance"), { recursive: true });
    expect((await copy.run("data", "restore", "v1")).code).toBe(0);
    expect(same(await contents(copy.dir), before)).toEqual([]);
    expect(await verify(copy)).toMatchObject({ code: 0 });
  });
});
