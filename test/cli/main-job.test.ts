/** Ingest, search and status through the real entry: what goes to stdout, what to stderr, and the exit codes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { ProjectSearchReport, SearchReport } from "../../src/pipelines/search.ts";
import type { StatusReport } from "../../src/pipelines/status.ts";
import { HeldProject } from "../support/held.ts";
import { mdp, mdpCommand, TempProject } from "../support/project.ts";
import { mdpOnTty } from "./tty.ts";

const PIES = "# Baking\n\n## Pies\n\nAn apple pie needs apples, butter and a hot oven.\n";
const EVIL = "The volcano erupts \x1b]0;pwned\x07\x1b[2J\x1b[31m red lava \u202eover\r\n\x9b1mnight.\n";

const project = new TempProject({
  "docs/pies.md": PIES,
  "docs/evil.txt": EVIL,
  "docs/100% sure\n.txt": "Rockets fly to the moon on liquid oxygen.\n",
});
afterAll(() => project[Symbol.dispose]());

const manyWords = Array.from({ length: 800 }, (_, i) => `word${i % 97} means ${i}.`).join(" ");
const longTexts = () =>
  Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`docs/${i}.txt`, `Text ${i}. ${manyWords}`]));

let first: IngestReport;
beforeAll(async () => {
  first = await project.json<IngestReport>("ingest", "docs");
});

describe("mdp ingest", () => {
  test("reports one object with the fields of the contract", () => {
    expect(first).toMatchObject({ scanned: 3, added: 3, updated: 0, unchanged: 0, moved: 0, deleted: 0, failed: 0 });
    expect(first).toMatchObject({ rejected: 0, chunks: { embedded: 3, kept: 0, removed: 0, total: 3 }, truncated: 0 });
    expect(first.run).toBeString();
    expect(first.tokens).toBeGreaterThan(0);
    expect(first.seconds.total).toBeGreaterThan(0);
  });

  test("says in words that nothing changed, on stdout alone", async () => {
    const { code, stdout, stderr } = await project.run("ingest", "docs");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^3 files: 3 unchanged\n3 chunks: 0 embedded, 3 kept, 0 removed\n0 tokens in \d/);
  });

  test("names a bad file on stderr and exits 1, then 0 while it stays as it is, and 1 again when strict", async () => {
    using bad = new TempProject({ "good.md": PIES, "bad.pdf": "%PDF-1.7\nnot really\n" });
    const { code, stdout, stderr } = await bad.run("ingest", ".");
    expect(code).toBe(1);
    expect(stdout).toContain("2 files: 1 added");
    expect(stderr).toMatch(/^failed: .+\n {2}in: {3}bad\.pdf\n {2}hint: .+\n/);
    const again = await bad.run("ingest", ".");
    expect(again.code).toBe(0);
    expect(again.stderr).toStartWith("1 file failing as before and unchanged");
    expect((await bad.run("ingest", ".", "--strict")).code).toBe(1);
  });

  test("takes a list of paths from stdin", async () => {
    using list = new TempProject({ "a.md": PIES, "b.md": "Not on the list.\n" });
    const run = await mdp(["ingest", "-", "--json"], { cwd: list.dir, stdin: "a.md\r\n" });
    expect(JSON.parse(run.stdout)).toMatchObject({ scanned: 1, added: 1 });
  });

  test("names a path that is not there, and exits 1", async () => {
    const { code, stderr } = await project.run("ingest", "nowhere/at/all");
    expect(code).toBe(1);
    expect(stderr).toContain("nowhere/at/all");
    expect(stderr).toContain("hint:");
  });

  test("shows how far it is on a terminal, and leaves only the summary there", async () => {
    using fresh = new TempProject({ "a.md": PIES });
    const { code, screen } = await mdpOnTty(["ingest", "a.md"], { cwd: fresh.dir });
    expect(code).toBe(0);
    expect(screen).toContain("\r\x1b[2Kscanning");
    expect(screen).toMatch(/\r\x1b\[2K(\x1b\[1m)?1 file(\x1b\[22m)?: 1 added\n[^\r]*$/);
    const quiet = await mdpOnTty(["ingest", "a.md", "--quiet"], { cwd: fresh.dir });
    expect(quiet.screen).not.toContain("\r");
  });

  test("stops at Ctrl-C, says how to go on, and exits 130", async () => {
    using large = await HeldProject.create(longTexts());
    const child = await large.underWay(["ingest", "docs", "--commit-chunks", "16"]);
    child.kill("SIGINT");
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("error: interrupted\n  hint: what was committed is kept");
    expect((await large.json<StatusReport>("status")).lastRun?.outcome).toBe("interrupted");
  });

  test("that was killed was interrupted, and one that works is running", async () => {
    using large = await HeldProject.create(longTexts());
    await using child = await large.underWay(["ingest", "docs", "--commit-chunks", "16"]);
    const outcome = async () => (await large.json<StatusReport>("status")).lastRun?.outcome;
    expect(await outcome()).toBe("running");
    child.kill("SIGKILL");
    await child.exited;
    expect(await outcome()).toBe("interrupted");
  });
});

describe("mdp search", () => {
  test("answers in JSON with the fields of the contract", async () => {
    const report = await project.json<SearchReport>("search", "how is fruit pastry made?");
    expect(report).toMatchObject({ query: "how is fruit pastry made?", mode: "hybrid" });
    expect(report.hits[0]).toMatchObject({
      rank: 1,
      path: "docs/pies.md",
      uri: "docs/pies.md",
      root: "docs",
      kind: "markdown",
      page: null,
      headings: ["Baking", "Pies"],
      legs: { vector: { rank: 1 } },
    });
    expect(report.hits[0]!.text).toContain("apple pie");
    expect(report.hits[0]!.startLine).toBeLessThanOrEqual(report.hits[0]!.endLine);
    expect(report.hits.map(({ rank }) => rank)).toEqual([1, 2, 3]);
  });

  test("is plain text off a terminal, without colours or links", async () => {
    const { code, stdout, stderr } = await project.run("search", "apple pie", "-k", "1");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ 1 docs\/pies\.md:\d+ {2}\d\.\d{3}\n {3}Baking › Pies\n/);
    expect(stdout).not.toContain("\x1b");
  });

  test("marks the words, links the file and keeps to the width on a terminal", async () => {
    const { code, screen } = await mdpOnTty(["search", "baking an apple", "-k", "1"], {
      cwd: project.dir,
      columns: 44,
    });
    expect(code).toBe(0);
    expect(screen).toContain(`\x1b]8;;file://${project.dir}/docs/pies.md\x1b\\`);
    expect(screen).toContain("\x1b[1;33mapple\x1b[22;39m");
    for (const line of screen.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(44);
    expect(Bun.stripANSI(screen)).toContain("\n   An apple pie needs apples, butter and a\n     hot oven.\n");
  });

  test.each([["--no-color"], []])("on a terminal without colours has none %p", async (...flags) => {
    const env = flags.length === 0 ? { NO_COLOR: "1" } : {};
    const { screen } = await mdpOnTty(["search", "apple", "-k", "1", ...flags], { cwd: project.dir, env });
    expect(screen).not.toContain("\x1b");
    expect(screen).toContain("docs/pies.md");
  });

  test("never sends a document's escape sequences to the terminal", async () => {
    const args = ["search", "volcano lava", "-k", "1", "--text"];
    const { screen } = await mdpOnTty(args, { cwd: project.dir });
    const { stdout } = await project.run(...args);
    for (const shown of [screen, stdout]) {
      expect(shown).toContain("volcano");
      expect(shown).not.toContain("\x1b]0;");
      expect(shown).not.toContain("\x1b[2J");
      expect(shown).not.toMatch(/[\x07\x9b\u202e\r]/);
      expect(shown).toContain("␛]0;pwned␇␛[2J");
    }
    const json = await project.run(...args, "--json");
    expect(json.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect((JSON.parse(json.stdout) as SearchReport).hits[0]!.text).toContain("\x1b[2J");
  });

  test("shows a file name with a newline in one line", async () => {
    const { stdout } = await project.run("search", "rockets to the moon", "-k", "1", "--text");
    expect(stdout).toContain("docs/100% sure␊.txt:1");
  });

  test("with --explain shows each leg's rank, score and part", async () => {
    const { stdout } = await project.run("search", "apple pie", "-k", "1", "--explain");
    expect(stdout).toMatch(/vector: rank 1, cosine 0\.\d{4}, adds 0\.\d{4}/);
    expect(stdout).toMatch(
      /text: rank 1, BM25 \d+\.\d{4} × 1\.00 of the words, \d+\.\d{4} beside the vector, adds 0\.\d{4}/,
    );
    expect(stdout).toContain("plan of the vector leg:");
  });

  test("without a hit is empty and exits 0", async () => {
    const args = ["search", "apple", "--filter", "path LIKE 'other/%'"];
    expect(await project.run(...args)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await project.json<ProjectSearchReport>(...args)).toEqual({
      query: "apple",
      mode: "hybrid",
      hits: [],
      waiting: 0,
      engines: [{ name: "documents", model: "all-MiniLM-L6-v2", note: null }],
    });
  });

  test("with a wrong filter says so", async () => {
    const { code, stdout, stderr } = await project.run("search", "apple", "--filter", "colour = 'red'", "--json");
    expect({ failed: code !== 0, stdout }).toEqual({ failed: true, stdout: "" });
    expect(JSON.parse(stderr).error.message).toContain("colour");
  });

  test("takes settings from mdp.yaml, variables and flags, from a folder inside the project", async () => {
    project.write("mdp.yaml", "search:\n  k: 2\n");
    mkdirSync(project.path("deep/er"), { recursive: true });
    const hits = async (args: string[], env = {}) => {
      const run = await mdp(["search", "apple", "--json", ...args], { cwd: project.path("deep/er"), env });
      return (JSON.parse(run.stdout) as SearchReport).hits.length;
    };
    expect(await hits([])).toBe(2);
    expect(await hits([], { MDP_SEARCH_K: "3" })).toBe(3);
    expect(await hits(["-k1"], { MDP_SEARCH_K: "3" })).toBe(1);
  });

  test("ends quietly when its reader goes away", async () => {
    const command = mdpCommand(["search", "apple", "--explain"]).map((word) => `'${word}'`);
    const child = Bun.spawn(["bash", "-c", `${command.join(" ")} | true; echo "\${PIPESTATUS[0]}"`], {
      cwd: project.dir,
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
  });
});

describe("mdp status", () => {
  test("in JSON has documents, chunks, tables, index coverage, fingerprint, last run and failures", async () => {
    const status = await project.json<StatusReport>("status");
    expect(status).toMatchObject({
      project: project.dir,
      items: 3,
      documents: 3,
      chunks: 3,
      model: "all-MiniLM-L6-v2",
    });
    expect(status.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(status.tables).toMatchObject([{ name: "chunks", rows: 3, vectorSearch: "exact" }]);
    for (const index of status.tables[0]!.indices) expect(index.coverage).toBe(1);
    expect(status.lastRun).toMatchObject({ outcome: expect.any(String), started: expect.any(String) });
    expect(status.failures).toEqual({ files: 0, listed: [] });
  });

  test("in words names what failed", async () => {
    using bad = new TempProject({ "good.md": PIES, "bad.pdf": "%PDF-1.7\nnot really\n" });
    await bad.run("ingest", ".");
    const { code, stdout, stderr } = await bad.run("status");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("1 file failing\nfailed: ");
    expect(stdout).toMatch(/vectors +exact/);
  });

  test("of a project without an ingest has zeros", async () => {
    using empty = new TempProject({ ".mdp/.gitignore": "*" });
    expect(await empty.json<StatusReport>("status")).toMatchObject({
      documents: 0,
      chunks: 0,
      tables: [],
      lastRun: null,
    });
  });
});
