/** Files that break readers, through the command line: each costs itself only, is named, and is not lost from sight. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { type HostileFile, makeHostile } from "../../scripts/fixtures/hostile.ts";
import { projectAt } from "../../src/core/project.ts";
import { type IngestReport, ingest } from "../../src/pipelines/ingest.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import { type Run, TempProject } from "../support/project.ts";
import { loadSettings } from "../support/settings.ts";
import { readTable } from "../support/table.ts";

let project: TempProject;
let files: HostileFile[];
let first: Run;
let report: IngestReport;

beforeAll(async () => {
  project = new TempProject({ "hostile/.keep": "" });
  files = await makeHostile(project.path("hostile"), { large: true, tiny: 10_000 });
  first = await project.run("ingest", "hostile", "--json");
  report = JSON.parse(first.stdout);
}, 300_000);
afterAll(() => project[Symbol.dispose]());

describe("a folder of hostile files", () => {
  test("ends with exit code 1 and a report of what was wrong", () => {
    expect(first.code).toBe(1);
    expect(report.failed).toBe(files.filter((f) => f.outcome === "reject" || f.outcome === "both").length);
    expect(report.added).toBe(files.filter((f) => f.outcome === "document" || f.outcome === "both").length);
  });

  test("names every bad file with its code, a reason and a next step, and no good one", () => {
    const expected = files.filter((f) => f.outcome === "reject" || f.outcome === "both");
    const named = new Set(report.failures.map(({ path, code }) => `${path} ${code}`));
    expect(named).toEqual(new Set(expected.map(({ path, code }) => `hostile/${path} ${code}`)));
    for (const failure of report.failures) {
      expect(failure.reason.length).toBeGreaterThan(10);
      expect(failure.hint?.length ?? 0).toBeGreaterThan(10);
    }
  });

  test("keeps the refused records in the rejects file", () => {
    const kept = readFileSync(report.rejectsFile!, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(kept.length).toBe(report.rejected);
    expect(kept.find((r) => r.path === "hostile/bad-row.jsonl")).toMatchObject({ row: 2, code: "row-not-json" });
  });

  test("holds every good file, and the good rows beside a bad one", async () => {
    const stored = new Set([...(await readTable(project.dir)).values()].map((row) => row.path));
    const withText = files.filter((f) => f.outcome !== "reject" && f.outcome !== "skip" && f.path !== "empty.md");
    const missing = withText.filter((f) => !stored.has(`hostile/${f.path}`)).map((f) => f.path);
    // Files of brackets only have no text to find.
    expect(missing.filter((path) => path !== "deep.json" && path !== "unreadable.md")).toEqual([]);
    const { hits } = await project.json<SearchReport>("search", "the third row", "--text", "-k", "20");
    expect(hits.map((h) => h.path)).toContain("hostile/bad-row.jsonl");
    const last = await project.json<SearchReport>("search", "after the long line", "--text");
    expect(last.hits[0]).toMatchObject({ path: "hostile/one-line-100mb.jsonl", row: 3 });
  });

  test("is still failing on the next run, which embeds nothing and exits 0 unless it is strict", async () => {
    const again = await project.run("ingest", "hostile", "--json");
    expect(again.code).toBe(0);
    const second = JSON.parse(again.stdout) as IngestReport;
    expect(second).toMatchObject({ rejected: 0, failures: [], chunks: { embedded: 0, removed: 0 } });
    expect(second.stillFailing).toBe(report.failed);
    expect((await project.run("ingest", "hostile", "--strict", "--json")).code).toBe(1);
  }, 300_000);
});

describe("a file that vanishes during the run", () => {
  test("is named, and the files beside it are ingested", async () => {
    using other = new TempProject({ "docs/a.md": "# A\n\nStays.\n", "docs/b.md": "# B\n\nGoes.\n" });
    const done = await ingest({
      project: projectAt(other.dir),
      inputs: [other.path("docs")],
      settings: loadSettings(),
      signal: new AbortController().signal,
      onProgress: ({ phase }) => {
        if (phase === "ingest") rmSync(other.path("docs/b.md"), { force: true });
      },
    });
    expect(done).toMatchObject({ scanned: 2, added: 1, failed: 1 });
    expect(done.failures).toMatchObject([{ path: "docs/b.md", code: "vanished" }]);
    const next = await other.run("ingest", "docs", "--json");
    expect([next.code, JSON.parse(next.stdout).unchanged]).toEqual([0, 1]);
  });
});
