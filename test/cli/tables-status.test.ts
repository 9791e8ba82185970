/** What `status`, `doctor` and `config check` say of every table and every engine, also of those that are gone. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { DoctorReport } from "../../src/pipelines/doctor.ts";
import type { ListedFile } from "../../src/pipelines/list.ts";
import type { StatusReport } from "../../src/pipelines/status.ts";
import { TempProject } from "../support/project.ts";

const ENGINES = "engines:\n  notes: { type: documents, paths: ['notes/'] }\n";
const project = new TempProject({
  "mdp.yaml": ENGINES,
  "notes/a.md": "# A\n\nA note about whales.\n",
  "b.md": "# B\n\nBread and butter.\n",
  "log.sql": "SELECT * FROM t WHERE a = 1;\nSELECT * FROM t WHERE a = 2;\nDELETE FROM u;\n",
});
afterAll(() => project[Symbol.dispose]());
beforeAll(async () => {
  await project.run("ingest", "notes", "b.md", "log.sql");
});

describe("mdp status", () => {
  test("counts the executions of statements beside their table", async () => {
    const { tables } = await project.json<StatusReport>("status");
    expect(tables.map(({ name, known, rows, calls }) => [name, known, rows, calls?.rows ?? null])).toEqual([
      ["chunks", true, 1, null],
      ["notes", true, 1, null],
      ["sql", true, 2, 3],
    ]);
    expect(tables[2]!.calls).toMatchObject({ name: "sql_calls", bytesOnDisk: expect.any(Number) });
    expect((await project.run("status")).stdout).toContain("3 executions in sql_calls");
  });

  test("shows the table of an engine that the settings do not name any more", async () => {
    rmSync(project.path("mdp.yaml"));
    try {
      const report = await project.json<StatusReport>("status");
      expect(report.chunks).toBe(4);
      expect(report.tables[1]).toMatchObject({ name: "notes", engine: "notes", known: false, rows: 1 });
      expect((await project.run("status")).stdout).toContain("notes (not in the settings: it is not searched)");
      // What is in it can be looked up all the same.
      expect((await project.run("get", "notes/a.md:3")).stdout).toBe("A note about whales.\n");
      expect((await project.json<ListedFile>("list", "--type", "notes")).path).toBe("notes/a.md");
    } finally {
      project.write("mdp.yaml", ENGINES);
    }
  });
});

test("mdp doctor reads every table, and names one that is damaged", async () => {
  const store = async () => {
    const { checks } = await project.json<DoctorReport>("doctor");
    return checks.find(({ name }) => name === "store")!;
  };
  const good = await store();
  expect(good.ok).toBe(true);
  for (const part of ["1 chunks in chunks", "1 chunks in notes", "2 chunks in sql", "3 executions in sql_calls"]) {
    expect(good.detail).toContain(part);
  }
  const glob = new Bun.Glob("data/*.lance");
  const dir = project.path(".mdp/lancedb/sql_calls.lance");
  const moved = [...glob.scanSync({ cwd: dir })];
  expect(moved.length).toBeGreaterThan(0);
  for (const file of moved) rmSync(`${dir}/${file}`);
  const bad = await store();
  expect(bad.ok).toBe(false);
  expect(bad.detail).toContain("sql_calls, which cannot be read");
});

describe("mdp config check", () => {
  const check = async (yaml: string) => {
    using folder = new TempProject({ "mdp.yaml": yaml });
    const { code, stdout } = await folder.run("config", "check", "--json");
    const { problems } = JSON.parse(stdout) as { problems: { key: string; where: string; hint: string }[] };
    return { code, problems };
  };

  test("names engines' types, chunkers, mappers and formats that do not exist, each with its line", async () => {
    const { code, problems } = await check(
      [
        "engines:",
        "  one:",
        "    type: documnts",
        "    chunker: markdwn",
        "    mapper: docs",
        "    formats: [pdf, mardown, tickets]",
        "formats:",
        '  tickets: { command: ["./x"], extensions: [tkt] }',
        "ingest:",
        "  format: htlm",
      ].join("\n"),
    );
    expect(code).toBe(2);
    expect(problems.map(({ key, where }) => [key, where])).toEqual([
      ["ingest.format", "mdp.yaml:10"],
      ["engines.one.type", "mdp.yaml:3"],
      ["engines.one.chunker", "mdp.yaml:4"],
      ["engines.one.mapper", "mdp.yaml:5"],
      ["engines.one.formats", "mdp.yaml:6"],
    ]);
    expect(problems[1]!.hint).toStartWith('did you mean "documents"?');
    expect(problems[4]!.hint).toStartWith('did you mean "markdown"?');
  });

  test("names a column that the table has already, and a format of the name of a built-in one", async () => {
    const { problems } = await check(
      "engines:\n  code: { columns: { signature: text, team: text } }\nformats:\n  pdf: { command: [x], extensions: [pdf] }\n",
    );
    expect(problems.map(({ key }) => key)).toEqual(["formats.pdf", "engines.code.columns"]);
  });

  test("finds names beside other mistakes, and good ones good", async () => {
    const { problems } = await check("search:\n  modle: text\nengines:\n  a: { chunker: nothing }\n");
    expect(problems.map(({ key }) => key)).toEqual(["search.modle", "engines.a.chunker"]);
    expect(await check("engines:\n  a: { type: md, chunker: markdown, formats: [markdown, sql-jsonl] }\n")).toEqual({
      code: 0,
      problems: [],
    });
  });
});
