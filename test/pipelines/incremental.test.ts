/** Incremental ingest through the command line: a re-run does only what changed, and never more than it was asked. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import { TempProject } from "../support/project.ts";

const paragraph = (topic: string, n: number) =>
  `Paragraph ${n} about ${topic}. It explains one thing that the others do not, namely number ${n * 7919}.\n`;
const section = (topic: string, count: number) =>
  Array.from({ length: count }, (_, i) => `## ${topic} part ${i}\n\n${paragraph(topic, i)}`).join("\n");

const ingest = (project: TempProject, ...args: string[]) => project.json<IngestReport>("ingest", ...args);
const paths = async (project: TempProject, query: string) =>
  (await project.json<SearchReport>("search", "--text", query)).hits.map((h) => h.path);

describe("ingest again", () => {
  test("embeds nothing when nothing has changed", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 3), "docs/b.txt": paragraph("pears", 1) });
    const first = await ingest(project, "docs");
    expect(first).toMatchObject({ scanned: 2, added: 2, unchanged: 0, failed: 0 });
    expect(first.chunks.embedded).toBeGreaterThan(1);
    const second = await ingest(project, "docs");
    expect(second).toMatchObject({ scanned: 2, added: 0, updated: 0, unchanged: 2, tokens: 0 });
    expect(second.chunks).toEqual({
      embedded: 0,
      cached: 0,
      kept: first.chunks.total,
      removed: 0,
      total: first.chunks.total,
    });
  });

  test("embeds nothing when files were only touched", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 3) });
    await ingest(project, "docs");
    utimesSync(project.path("docs/a.md"), new Date(2001, 1, 1), new Date(2001, 1, 1));
    expect(await ingest(project, "docs")).toMatchObject({ updated: 0, unchanged: 1, chunks: { embedded: 0 } });
  });

  test("embeds only the changed passage of an edited file, and moves the lines of the others", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 12) });
    const first = await ingest(project, "docs");
    const text = section("apples", 12).replace("number 31676", "number 31676, in fact");
    project.write("docs/a.md", `\n\n${text}`);
    const second = await ingest(project, "docs");
    expect(second).toMatchObject({ updated: 1, chunks: { embedded: 1, removed: 1, total: first.chunks.total } });
    const { hits } = await project.json<SearchReport>("search", "--text", "55433");
    expect(hits[0]?.headings.at(-1)).toBe("apples part 7");
    const line = `\n\n${text}`.split("\n").findIndex((l) => l.includes("55433")) + 1;
    expect(hits[0]!.startLine).toBeLessThanOrEqual(line);
    expect(hits[0]!.endLine).toBeGreaterThanOrEqual(line);
    expect(hits[0]!.startLine).toBeGreaterThan(line - 4);
  });

  test("writes a document of more passages than are held at once, and later only what changed in it", async () => {
    const paragraphs = Array.from({ length: 2060 }, (_, n) => `This is number ${n} of all these ${n * 7} numbers.`);
    using project = new TempProject({ "docs/a.txt": paragraphs.join("\n\n") });
    const small = ["--chunk-tokens", "16", "--overlap-tokens", "0"];
    const first = await ingest(project, "docs", ...small);
    expect(first.chunks).toEqual({ embedded: 2060, cached: 0, kept: 0, removed: 0, total: 2060 });
    const changed = paragraphs.with(3, "This is another 3 of all those 21 numbers.").slice(0, 2050);
    project.write("docs/a.txt", changed.join("\n\n"));
    const second = await ingest(project, "docs", ...small);
    expect(second.chunks).toEqual({ embedded: 1, cached: 0, kept: 2049, removed: 11, total: 2050 });
    const { hits } = await project.json<SearchReport>("search", "--text", "2049 2059");
    expect(hits.map(({ text }) => text)).toEqual(["This is number 2049 of all these 14343 numbers."]);
  }, 300_000);

  test("recognises a renamed file by its content and embeds nothing", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 3), "docs/b.md": section("pears", 2) });
    const first = await ingest(project, "docs");
    mkdirSync(project.path("docs/new"));
    renameSync(project.path("docs/a.md"), project.path("docs/new/name.md"));
    const second = await ingest(project, "docs");
    expect(second).toMatchObject({ moved: 1, added: 0, deleted: 0, unchanged: 1, chunks: { embedded: 0 } });
    expect(second.chunks.total).toBe(first.chunks.total);
    expect(new Set(await paths(project, "apples"))).toEqual(new Set(["docs/new/name.md"]));
  });

  test("removes what came from a deleted file, and keeps the rest", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 2), "docs/b.md": section("pears", 2) });
    await ingest(project, "docs");
    rmSync(project.path("docs/a.md"));
    expect(await ingest(project, "docs")).toMatchObject({ deleted: 1, unchanged: 1 });
    expect(await paths(project, "apples")).toEqual([]);
    expect((await paths(project, "pears")).length).toBeGreaterThan(0);
  });

  test("deletes within the ingested root only", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 2), "src/b.md": section("pears", 2) });
    await ingest(project, "docs", "src");
    rmSync(project.path("docs/a.md"));
    project.write("docs/c.md", paragraph("cherries", 1));
    expect(await ingest(project, "src")).toMatchObject({ deleted: 0, unchanged: 1 });
    expect((await paths(project, "apples")).length).toBeGreaterThan(0);
    expect(await ingest(project, "docs")).toMatchObject({ deleted: 1, added: 1 });
  });

  test("a list of paths on standard input never deletes", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 2), "docs/b.md": section("pears", 2) });
    await ingest(project, "docs");
    rmSync(project.path("docs/a.md"));
    const { mdp } = await import("../support/project.ts");
    const run = await mdp(["ingest", "-", "--json"], { cwd: project.dir, stdin: "docs/b.md\n" });
    expect(JSON.parse(run.stdout)).toMatchObject({ scanned: 1, unchanged: 1, deleted: 0 });
    expect((await paths(project, "apples")).length).toBeGreaterThan(0);
  });

  test("a root that has vanished or become empty is refused unless it is allowed", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 2) });
    await ingest(project, "docs");
    renameSync(project.path("docs"), project.path("elsewhere"));
    const refused = await project.run("ingest", "docs");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("--allow-empty");
    mkdirSync(project.path("docs"));
    expect((await project.run("ingest", "docs")).code).toBe(1);
    expect((await paths(project, "apples")).length).toBeGreaterThan(0);
    expect(await ingest(project, "docs", "--allow-empty")).toMatchObject({ deleted: 1, chunks: { total: 0 } });
    expect(await paths(project, "apples")).toEqual([]);
  });

  test("a row that left a file of rows leaves the store, and the other rows stay as they are", async () => {
    const row = (id: number) => JSON.stringify({ id: `r${id}`, text: paragraph(`topic${id}`, id) });
    using project = new TempProject({ "data/rows.jsonl": `${[1, 2, 3, 4].map(row).join("\n")}\n` });
    const first = await ingest(project, "data", "--id-field", "id");
    expect(first.chunks.total).toBe(4);
    project.write("data/rows.jsonl", `${[1, 3, 4, 5].map(row).join("\n")}\n`);
    const second = await ingest(project, "data", "--id-field", "id");
    expect(second.chunks).toMatchObject({ embedded: 1, removed: 1, total: 4 });
    expect(await paths(project, "15838")).toEqual([]);
    expect((await paths(project, "23757")).length).toBe(1);
  });

  test("a file that cannot be read any more keeps what it gave, and is named", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 2), "docs/b.md": section("pears", 2) });
    await ingest(project, "docs");
    project.write("docs/a.md", "x".repeat(2000));
    const run = await project.run("ingest", "docs", "--max-document-bytes", "1500", "--json");
    const report = JSON.parse(run.stdout) as IngestReport;
    expect(run.code).toBe(1);
    expect(report.failures).toMatchObject([{ path: "docs/a.md" }]);
    expect((await paths(project, "apples")).length).toBeGreaterThan(0);
    const again = await project.run("ingest", "docs", "--max-document-bytes", "1500", "--json");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ stillFailing: 1, failures: [], rejected: 0 });
    expect((await project.run("ingest", "docs", "--max-document-bytes", "1500", "--strict")).code).toBe(1);
  });

  test("ids survive moving the whole project", async () => {
    using one = new TempProject({ "docs/a.md": section("apples", 3) });
    using two = new TempProject({ "docs/a.md": section("apples", 3) });
    await ingest(one, "docs");
    await ingest(two, "docs");
    const ids = async (p: TempProject) =>
      (await p.json<SearchReport>("search", "--text", "apples")).hits.map((h) => h.id).sort();
    expect(await ids(one)).toEqual(await ids(two));
  });

  test("a store that was removed by hand is made anew", async () => {
    using project = new TempProject({ "docs/a.md": section("apples", 3) });
    const first = await ingest(project, "docs");
    rmSync(project.path(".mdp/lancedb"), { recursive: true });
    expect(await ingest(project, "docs")).toMatchObject({ added: 1, chunks: { total: first.chunks.total } });
    expect((await paths(project, "apples")).length).toBeGreaterThan(0);
  });
});
