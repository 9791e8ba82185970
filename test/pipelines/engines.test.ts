/** Engines: where files go, what a search over several tables finds, and what becomes of projects from before. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import type { StatusReport } from "../../src/pipelines/status.ts";
import { TempProject } from "../support/project.ts";

const ingest = (project: TempProject, ...args: string[]) => project.json<IngestReport>("ingest", ...args);
const search = (project: TempProject, ...args: string[]) => project.json<SearchReport>("search", ...args);
const found = async (project: TempProject, ...args: string[]) =>
  (await search(project, ...args)).hits.map(({ engine, path }) => `${engine}: ${path}`).sort();

const APPLES = "# Apples\n\nApples are kept in a cool cellar.\n";
const CODE = "def store_apples(cellar):\n    return cellar.keep('apples')\n";

describe("a mixed folder", () => {
  test("goes to the engines by format, and a search looks into all of them unless --type chooses", async () => {
    using project = new TempProject({ "a/apples.md": APPLES, "a/apples.py": CODE });
    const report = await ingest(project, "a");
    expect(report).toMatchObject({ added: 2, chunks: { total: 2, embedded: 2 } });
    expect(report.engines).toMatchObject({
      code: { documents: 1, chunks: 1, embedded: 1, model: "all-MiniLM-L6-v2" },
      documents: { documents: 1, chunks: 1, embedded: 1, model: "all-MiniLM-L6-v2", note: null },
    });
    expect(report.engines.code!.note).toContain("bigcode/starencoder");
    const both = ["code: a/apples.py", "documents: a/apples.md"];
    expect(await found(project, "apples in the cellar")).toEqual(both);
    expect(await found(project, "apples", "--text")).toEqual(both);
    expect(await found(project, "apples", "--type", "code,md")).toEqual(both);
    expect(await found(project, "apples", "--type", "md")).toEqual(["documents: a/apples.md"]);
    expect(await found(project, "apples", "--type", "code")).toEqual(["code: a/apples.py"]);
    expect(await found(project, "apples", "--text", "--filter", "symbol_kind <> 'enum'")).toEqual([
      "code: a/apples.py",
    ]);
    const { code, stderr } = await project.run("search", "apples", "--type", "coed");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('there is no engine "coed"') as unknown as string,
    });
    const status = await project.json<StatusReport>("status");
    expect(status).toMatchObject({ documents: 2, chunks: 2, tables: [{ name: "chunks" }, { name: "code" }] });
  }, 300_000);

  test("is moved between tables when --type forces an engine, and back again; a filter nobody knows is an error", async () => {
    using project = new TempProject({ "a/apples.md": APPLES, "a/apples.py": CODE });
    await ingest(project, "a");
    const forced = await ingest(project, "--type", "code", "a");
    expect(forced).toMatchObject({ unchanged: 1, updated: 1, chunks: { cached: 1, removed: 1, total: 2 } });
    expect(await found(project, "apples", "--text")).toEqual(["code: a/apples.md", "code: a/apples.py"]);
    expect(await ingest(project, "--type", "code", "a")).toMatchObject({ unchanged: 2, chunks: { embedded: 0 } });
    expect(await ingest(project, "a")).toMatchObject({ unchanged: 1, updated: 1, chunks: { removed: 1, total: 2 } });
    expect(await found(project, "apples", "--text")).toEqual(["code: a/apples.py", "documents: a/apples.md"]);
    const { code, stderr } = await project.run("search", "apples", "--text", "--filter", "colour = 'red'");
    expect(code).toBe(2);
    expect(stderr).toContain('unknown column "colour"');
  }, 300_000);
});

describe("an engine from mdp.yaml alone", () => {
  const YAML = `engines:
  recipes:
    type: documents
    paths: [kitchen/]
    ignore: [kitchen/drafts/, "*.bak.md"]
    context: What we cook on Sundays.
    columns:
      servings: integer
      tags: texts
    chunkTokens: 64
    search:
      k: 1
`;
  const recipe = (dish: string, servings: number, tags: string) =>
    `---\nservings: ${servings}\ntags: [${tags}]\n---\n# ${dish}\n\nHow to cook ${dish} with apples.\n`;

  test("takes its paths into its own table, with its columns, context, limits and ignore rules", async () => {
    using project = new TempProject({
      "mdp.yaml": YAML,
      "kitchen/pie.md": recipe("pie", 8, "sweet, baked"),
      "kitchen/soup.md": recipe("soup", 2, "salty"),
      "kitchen/drafts/stew.md": recipe("stew", 3, "salty"),
      "notes/apples.md": APPLES,
    });
    const report = await ingest(project, "kitchen", "notes");
    expect(report).toMatchObject({ scanned: 3, skipped: { ignored: 1 } });
    expect(report.engines).toMatchObject({ recipes: { documents: 2 }, documents: { documents: 1 } });
    const filtered = await search(project, "apples", "--text", "--filter", "servings > 4");
    expect(filtered.hits).toMatchObject([
      {
        engine: "recipes",
        path: "kitchen/pie.md",
        context: "What we cook on Sundays.",
        fields: { servings: 8, tags: ["sweet", "baked"] },
      },
    ]);
    expect((await search(project, "cook apples", "--type", "recipes")).hits.length).toBe(1);
    expect((await search(project, "cook apples", "--type", "recipes", "--k", "5")).hits.length).toBe(2);

    // Its files go back when it is gone.
    project.write("mdp.yaml", "engines:\n");
    expect(await ingest(project, "kitchen", "notes")).toMatchObject({
      scanned: 4,
      updated: 2,
      added: 1,
      chunks: { removed: 2 },
    });
    expect(new Set(await found(project, "apples", "--text"))).toEqual(
      new Set(
        ["kitchen/pie.md", "kitchen/soup.md", "kitchen/drafts/stew.md", "notes/apples.md"].map(
          (p) => `documents: ${p}`,
        ),
      ),
    );
  }, 300_000);

  test.each([
    ["engines:\n  notes:\n    paths: docs\n", 'mdp.yaml:3: engines.notes.paths must be a list, not "docs"'],
    ["engines:\n  notes:\n    search:\n      k: 0\n", "mdp.yaml:4: engines.notes.search.k cannot be 0"],
    ["engines:\n  notes:\n    modle: x\n", 'mdp.yaml:3: unknown key "engines.notes.modle"'],
    ["engines:\n  Notes: {}\n", 'mdp.yaml:2: "Notes" cannot be a name in engines'],
    ["engines:\n  notes: 5\n", "mdp.yaml:2: engines.notes must be a section with keys, not 5"],
    ["engines:\n  notes:\n    columns:\n      text: text\n", 'engines.notes.columns cannot add "text"'],
    ["engines:\n  notes:\n    type: musci\n", 'engines.notes.type cannot be "musci"'],
    ["engines:\n  notes:\n    chunker: markdwon\n", 'unknown chunker "markdwon"'],
  ])("with a mistake is refused with its place: %j", async (yaml, problem) => {
    using project = new TempProject({ "mdp.yaml": yaml, "a.md": APPLES });
    const { code, stderr } = await project.run("ingest", "a.md");
    expect(code).toBe(2);
    const [where, message] = problem.startsWith("mdp.yaml") ? problem.split(/: (.*)/) : ["", problem];
    expect(stderr).toContain(message!);
    expect(stderr).toContain(where!);
  });
});

test("a project from before there were engines keeps its table; only its source code is read again, into its own", async () => {
  using project = new TempProject({ "a/apples.md": APPLES, "a/apples.py": CODE });
  await ingest(project, "--type", "documents", "a");
  const database = new Database(project.path(".mdp/state.db"));
  database.run(
    "ALTER TABLE item DROP COLUMN engine; ALTER TABLE item DROP COLUMN kind; ALTER TABLE doc DROP COLUMN engine; ALTER TABLE run DROP COLUMN mdp;",
  );
  database.run("PRAGMA user_version = 1");
  database.close();
  expect(await found(project, "apples", "--text")).toEqual(["documents: a/apples.md", "documents: a/apples.py"]);
  const report = await ingest(project, "a");
  expect(report).toMatchObject({ unchanged: 1, updated: 1, chunks: { cached: 1, removed: 1, total: 2 } });
  expect(await found(project, "apples", "--text")).toEqual(["code: a/apples.py", "documents: a/apples.md"]);
}, 300_000);
