/** `mdp get`, `mdp list` and `mdp why` through the real entry: texts, files, and the reasons for both. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import type { GotText } from "../../src/pipelines/get.ts";
import type { ListedFile } from "../../src/pipelines/list.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import type { FileReport, LeftOutReport, PassagesReport } from "../../src/pipelines/why.ts";
import { mdp, TempProject } from "../support/project.ts";
import { zipOf } from "../support/zip.ts";

const GUIDE = "# Pies\n\nAn apple pie needs apples.\n\n\n# Space\n\nA rocket flies to the moon.\n";

const project = new TempProject({
  "docs/guide.md": GUIDE,
  "docs/stale.md": "# Old\n\nThe bridge is closed.\n",
  "docs/gone.md": "# Gone\n\nA lighthouse on the coast.\n",
  "page.html": "<html><body><h1>Tea</h1>\n<p>Green <b>tea</b> is bitter.</p></body></html>",
  "rows.jsonl": '{"text":"one row of birds"}\n{"text":"two rows of trees"}\n',
  "src/bake.py": "def bake(oven):\n    return oven\n",
  "log.sql": "SELECT * FROM pies WHERE id = 1;\nSELECT * FROM pies WHERE id = 2;\n",
  "broken.pdf": "%PDF-1.7\nnot really\n",
  "picture.bin": new Uint8Array(4096),
});
afterAll(() => project[Symbol.dispose]());

const get = (...places: string[]) => project.run("get", ...places);
const json = async (...places: string[]) => {
  const { stdout } = await project.run("get", ...places, "--json");
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as GotText);
};

beforeAll(async () => {
  await project.run("ingest", ".");
  project.write("docs/stale.md", "# New\n\nThe bridge is open again, and wider.\n");
  await Bun.file(project.path("docs/gone.md")).delete();
});

describe("mdp get", () => {
  test("prints lines of an unchanged file as they stand there, blank ones included", async () => {
    const { code, stdout, stderr } = await get("docs/guide.md:3-6");
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "An apple pie needs apples.\n\n\n# Space\n",
      stderr: "",
    });
    expect((await get("docs/guide.md")).stdout).toBe(GUIDE);
  });

  test("takes paths from the current folder, and as hits show them", async () => {
    const inDocs = (place: string) => mdp(["get", place], { cwd: project.path("docs") });
    expect((await inDocs("guide.md:1")).stdout).toBe("# Pies\n");
    expect((await inDocs("docs/guide.md:1")).stdout).toBe("# Pies\n");
  });

  test("prints what was ingested of a file that has changed since or is gone, and says so", async () => {
    const stale = await get("docs/stale.md");
    expect(stale.stdout).toBe("# Old\n\nThe bridge is closed.\n");
    expect(stale.stderr).toContain("docs/stale.md has changed since it was ingested");
    const gone = await get("docs/gone.md:3");
    expect(gone.stdout).toBe("A lighthouse on the coast.\n");
    expect(gone.stderr).toContain("docs/gone.md is gone");
  });

  test("prints the text of a page, not its markup", async () => {
    const [page] = await json("page.html");
    expect(page).toMatchObject({ source: "index", file: "same", engine: "documents", kind: "html" });
    expect(page!.text).toContain("Green tea is bitter.");
    expect(page!.text).not.toContain("<b>");
  });

  test("prints each document of a file of rows, with a line that names it", async () => {
    expect((await get("rows.jsonl")).stdout).toBe(
      "==> rows.jsonl:1 row 1 <==\none row of birds\n\n==> rows.jsonl:2 row 2 <==\ntwo rows of trees\n\n",
    );
    expect(await json("rows.jsonl:2")).toMatchObject([{ uri: "rows.jsonl#row=2", row: 2, text: "two rows of trees" }]);
  });

  test("finds a passage by the beginning of its id", async () => {
    const { hits } = await project.json<SearchReport>("search", "apple pie", "-k", "1");
    const [found] = await json(hits[0]!.id.slice(0, 8));
    expect(found).toMatchObject({ ids: [hits[0]!.id], path: "docs/guide.md", startLine: hits[0]!.startLine });
    const { stdout } = await project.run("search", "apple pie", "-k", "1", "--explain");
    expect(stdout).toContain(`id: ${hits[0]!.id}\n`);
  });

  test("prints several places at once, each under its name", async () => {
    const { stdout } = await get("docs/guide.md:1", "src/bake.py:2");
    expect(stdout).toBe("==> docs/guide.md:1 <==\n# Pies\n\n==> src/bake.py:2 <==\n    return oven\n\n");
  });

  test("reads one file of an archive", async () => {
    const parts = [
      { name: "x/one.md", content: "# One\n\nFirst.\n" },
      { name: "two.md", content: "# Two\n\nSecond.\n" },
    ];
    using archive = new TempProject({ "a.zip": zipOf(parts) });
    await archive.run("ingest", ".");
    expect((await archive.run("get", "a.zip#two.md:3")).stdout).toContain("Second.\n");
    expect((await archive.run("get", "a.zip#two.md")).stdout).not.toContain("First.");
    expect((await archive.run("get", "a.zip")).stdout).toContain("==> a.zip#x/one.md:1-3 <==\n# One\n");
  });

  test.each([
    ["nowhere.md", "not in the project"],
    ["docs/guide.md:99", "there is no line 99: the file has 8"],
    ["abcdef12", "neither a file nor a passage"],
    ["broken.pdf", "the file has no passages (failed)"],
  ])("says what is wrong with %s, and exits 1", async (place, message) => {
    const { code, stderr } = await get(place);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("mdp list", () => {
  const list = async (...args: string[]) => {
    const { stdout } = await project.run("list", ...args, "--json");
    return stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as ListedFile);
  };

  test("lists every file in the order of the paths, with what became of it", async () => {
    const files = await list();
    expect(files.map(({ path, outcome, engines, chunks }) => [path, outcome, engines.join(), chunks])).toEqual([
      ["broken.pdf", "failed", "", 0],
      ["docs/gone.md", "ok", "documents", 1],
      ["docs/guide.md", "ok", "documents", 2],
      ["docs/stale.md", "ok", "documents", 1],
      ["log.sql", "ok", "sql", 1],
      ["page.html", "ok", "documents", 1],
      ["picture.bin", "skipped", "", 0],
      ["rows.jsonl", "ok", "documents", 2],
      ["src/bake.py", "ok", "code", 1],
    ]);
    expect(files[2]).toMatchObject({ size: GUIDE.length, uri: "docs/guide.md", kinds: ["markdown"], reason: null });
    expect(Date.parse(files[2]!.ingested!)).toBeGreaterThan(0);
  });

  test.each([
    [["*.md"], ["docs/gone.md", "docs/guide.md", "docs/stale.md"]],
    [["docs/g*.md"], ["docs/gone.md", "docs/guide.md"]],
    [
      ["src", "*.pdf"],
      ["broken.pdf", "src/bake.py"],
    ],
    [["--failed"], ["broken.pdf"]],
    [["--skipped"], ["picture.bin"]],
    [
      ["--type", "code,sql"],
      ["log.sql", "src/bake.py"],
    ],
    [["--type", "md", "*.jsonl"], ["rows.jsonl"]],
    [["nothing"], []],
  ])("%p gives %p", async (args, paths) => {
    expect((await list(...args)).map(({ path }) => path)).toEqual(paths);
  });

  test("names the reason of a failure under the file", async () => {
    const { code, stdout } = await project.run("list", "--failed");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^failed .+ broken\.pdf\n {8}\S.+\n$/);
  });

  test("knows no engine of a wrong name", async () => {
    expect((await project.run("list", "--type", "codes")).code).toBe(2);
  });
});

describe("mdp why", () => {
  test("tells what made the passage at a line", async () => {
    const { passages } = await project.json<PassagesReport>("why", "docs/guide.md:8");
    expect(passages).toHaveLength(1);
    expect(passages[0]).toMatchObject({
      path: "docs/guide.md",
      startLine: 6,
      endLine: 8,
      headings: ["Space"],
      position: 2,
      passages: 2,
      format: "markdown",
      engine: "documents",
      table: "chunks",
      chunker: "markdown",
      chunkTokens: 200,
      overlapTokens: 30,
      model: { name: "all-MiniLM-L6-v2", dimension: 384 },
      root: ".",
      file: "same",
      run: { outcome: "finished", inputs: ["."], mdp: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    });
  });

  test("names the chunker of statements, and that of code", async () => {
    const chunkerOf = async (place: string) => (await project.json<PassagesReport>("why", place)).passages[0]!.chunker;
    expect(await chunkerOf("log.sql:1")).toBe("statement");
    expect(await chunkerOf("src/bake.py:1")).toBe("code");
  });

  test("finds the statement that was executed at a line, though it is stored where it came first", async () => {
    const first = await project.json<PassagesReport>("why", "log.sql:1");
    const second = await project.json<PassagesReport>("why", "log.sql:2");
    expect(second.passages).toEqual(first.passages);
    expect((await project.run("get", "log.sql:2")).stdout).toBe(
      "==> log.sql:1 <==\nSELECT * FROM pies WHERE id = ?\n\n",
    );
  });

  test("finds the file of an id", async () => {
    const { hits } = await project.json<SearchReport>("search", "rocket", "-k", "1");
    const { passages } = await project.json<PassagesReport>("why", hits[0]!.id.slice(0, 6));
    expect(passages[0]).toMatchObject({ id: hits[0]!.id, path: "docs/guide.md", startLine: 6 });
  });

  test("tells why a file failed, or was skipped", async () => {
    const failed = await project.json<FileReport>("why", "broken.pdf");
    expect(failed).toMatchObject({
      about: "file",
      outcome: "failed",
      documents: 0,
      problems: [{ code: "pdf-damaged" }],
    });
    const skipped = await project.json<FileReport>("why", "picture.bin");
    expect(skipped).toMatchObject({ outcome: "skipped", reason: "no format reads it: binary content" });
    expect(await project.json<FileReport>("why", "docs/stale.md")).toMatchObject({ outcome: "ok", file: "changed" });
  });

  test("names the rule that leaves a file out, with its file and line", async () => {
    using rules = new TempProject({
      ".gitignore": "# build\n*.tmp\n!keep.tmp\nout/\n",
      "sub/.mdpignore": "draft*\n",
      "a.md": "# A\n",
      "b.tmp": "x",
      "keep.tmp": "kept",
      "out/deep/c.md": "# C\n",
      "sub/draft-1.md": "# D\n",
      "sub/e.md": "# E\n",
      ".hidden.md": "# H\n",
      "x.min.js": "1",
    });
    mkdirSync(rules.path("linked"));
    symlinkSync("/etc/hostname", rules.path("linked/host.txt"));
    await rules.run("ingest", ".");
    const leftOut = async (path: string, ...args: string[]) =>
      (await rules.json<LeftOutReport>("why", path, ...args)).leftOut;
    expect(await leftOut("b.tmp")).toEqual({
      path: "b.tmp",
      reason: "ignored",
      rule: { pattern: "*.tmp", file: ".gitignore", line: 2 },
    });
    expect(await leftOut("out/deep/c.md")).toMatchObject({ path: "out", rule: { pattern: "out/", line: 4 } });
    expect(await leftOut("sub/draft-1.md")).toMatchObject({ rule: { file: "sub/.mdpignore", line: 1 } });
    expect(await leftOut(".hidden.md")).toEqual({ path: ".hidden.md", reason: "hidden" });
    expect(await leftOut("linked/host.txt")).toMatchObject({ reason: "outside-root" });
    rules.write("later.md", "# Later\n");
    expect(await rules.json<LeftOutReport>("why", "later.md")).toMatchObject({
      root: ".",
      leftOut: null,
      reason: 'nothing leaves it out: the next mdp ingest of "." reads it',
    });
    rules.write("mdp.yaml", "ingest:\n  exclude: ['later*']\nengines:\n  documents: { ignore: ['sub/'] }\n");
    const later = { pattern: "later*", file: "mdp.yaml", line: 2, setting: "ingest.exclude" };
    expect(await leftOut("later.md")).toMatchObject({ rule: later });
    rules.write("sub/new.md", "# New\n");
    const sub = { pattern: "sub/", file: "mdp.yaml", line: 4, setting: "engines.documents.ignore" };
    expect(await leftOut("sub/new.md")).toMatchObject({ reason: "ignored", rule: sub });
    expect((await rules.run("why", "sub/new.md")).stdout).toContain('"sub/" of engines.documents.ignore (mdp.yaml:4)');
    expect(await rules.json<LeftOutReport>("why", "/etc/hostname")).toMatchObject({ root: null, leftOut: null });
  });

  test("says that it knows nothing of a file that is not there", async () => {
    const { code, stderr } = await project.run("why", "no/such/file.md");
    expect(code).toBe(1);
    expect(stderr).toContain("this file is not in the project");
  });
});
