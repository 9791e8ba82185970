/** `mdp data verify` on the tables of a project, through the real entry: in order, and with everything that can be wrong. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lancedb } from "../../src/store/lancedb.ts";
import { TempProject } from "../support/project.ts";
import { BEFORE, copyOf, makeTagged, verify } from "./tagged-project.ts";

const project = new TempProject(BEFORE);
afterAll(() => project[Symbol.dispose]());
beforeAll(async () => {
  await makeTagged(project);
});
const copied = () => copyOf(project);

describe("mdp data verify", () => {
  test("finds everything in order, for one table too", async () => {
    expect(await verify(project)).toMatchObject({ code: 0, report: { ok: true, findings: [], locked: false } });
    expect((await verify(project, "sql")).report.tables).toMatchObject([{ name: "sql", rows: 2 }]);
    expect((await verify(project, "--vectors")).code).toBe(0);
  });

  test.each(["float16", "int8", "binary"])("reads vectors that are stored as %s", async (type) => {
    using typed = new TempProject({ "docs/pies.md": BEFORE["docs/pies.md"] });
    await typed.run("ingest", ".", "--vector-type", type);
    expect(await verify(typed, "--vectors")).toMatchObject({ code: 0, report: { findings: [] } });
    await typed.run("data", "tag", "v1");
    expect((await typed.run("data", "restore", "v1")).code).toBe(0);
    expect(await verify(typed, "--vectors")).toMatchObject({ code: 0, report: { findings: [] } });
  });

  const state = (copy: TempProject, sql: string) => {
    using database = new Database(copy.path(".mdp/state.db"));
    database.run(sql);
  };

  test.each([
    ["missing-chunks", "UPDATE doc SET chunks = chunks + 1 WHERE uri = 'src/bake.py'", "code"],
    ["extra-chunks", "UPDATE doc SET chunks = chunks - 1 WHERE uri = 'docs/pies.md'", "chunks"],
    ["unknown-document", "DELETE FROM doc WHERE uri = 'docs/pies.md'", "chunks"],
    ["wrong-file", "UPDATE doc SET item = 'src/grill.py' WHERE uri = 'src/bake.py'", "code"],
    ["unfinished-file", "UPDATE item SET outcome = 'pending' WHERE path = 'docs/pies.md'", "chunks"],
    ["unknown-file", "UPDATE item SET engine = '' WHERE path = 'log.sql'", "sql_calls"],
    ["wrong-counts", "UPDATE item SET chunks = 99 WHERE path = 'docs/pies.md'", "chunks"],
  ])("names %s and exits 1", async (code, sql, table) => {
    using copy = copied();
    state(copy, sql);
    const found = await verify(copy);
    expect(found.code).toBe(1);
    expect(found.report.findings.map((finding) => [finding.code, finding.table])).toContainEqual([code, table]);
  });

  test("names rows that are there twice, a table that is gone, and a tag that is broken", async () => {
    using copy = copied();
    const dir = copy.path(".mdp/lancedb");
    const connection = await lancedb().connect(dir);
    const table = await connection.openTable("code");
    await table.add(await table.query().limit(1).toArrow());
    connection.close();
    rmSync(join(dir, "sql.lance"), { recursive: true });
    const kept = copy.path(".mdp/tags/v1/lancedb/chunks.lance/data");
    for (const file of new Bun.Glob("*").scanSync({ cwd: kept })) rmSync(join(kept, file));
    const { code, report } = await verify(copy);
    expect(code).toBe(1);
    const codes = report.findings.map((finding) => `${finding.code} ${finding.table}`);
    expect(codes).toContain("duplicate-id code");
    expect(codes).toContain("extra-chunks code");
    expect(codes).toContain("table-missing null");
    expect(codes).toContain("tag-broken chunks");
    expect(existsSync(dir)).toBe(true);
  });
});
